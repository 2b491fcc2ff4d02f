import { OutOfBounds } from './guest-memory.ts';

/** WASI preview 1's error numbers, as far as they are returned. */
export const errno = { success: 0, badf: 8, fault: 21, inval: 28, nosys: 52 } as const;

/** Runs `call`; a pointer that is out of bounds makes it EFAULT. */
export function faultChecked<Result>(call: () => Result): Result | number {
  try {
    return call();
  } catch (error) {
    if (error instanceof OutOfBounds) return errno.fault;
    throw error;
  }
}
