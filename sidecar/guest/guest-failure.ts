import { OutOfBounds } from './guest-memory.ts';
import type { GuestFailureCode } from './protocol.ts';

/** A guest failed by its own doing; its instance is not used again. */
export class GuestFailure extends Error {
  readonly code: GuestFailureCode;

  constructor(code: GuestFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Any error that a call into a guest can end with, as a failure. Never the stack: it carries names the guest chose. */
export function asGuestFailure(error: unknown): GuestFailure {
  if (error instanceof GuestFailure) return error;
  if (error instanceof OutOfBounds)
    return new GuestFailure('GUARD_ERROR', `a buffer lies outside of its memory: ${error.message}`);
  if (error instanceof RangeError)
    return new GuestFailure('GUARD_TRAPPED', `out of stack or memory: ${error.message}`);
  if (error instanceof WebAssembly.RuntimeError) return new GuestFailure('GUARD_TRAPPED', error.message);
  return new GuestFailure('GUARD_TRAPPED', 'it threw an exception that it did not catch');
}
