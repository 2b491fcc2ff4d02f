import { GuardError, type GuardErrorCode } from '../guard-error.ts';

/** Failures while a module loads that are its own: it would fail again. */
const modulesFaults: ReadonlySet<GuardErrorCode> = new Set([
  'GUARD_UNAVAILABLE',
  'BUDGET_EXCEEDED',
  'MEMORY_LIMIT',
  'GUARD_TRAPPED',
]);

/** What a process is killed for when its guest is to blame. */
const guestsFaults: ReadonlySet<GuardErrorCode> = new Set([
  'BUDGET_EXCEEDED',
  'DEADLINE_EXCEEDED',
  'MEMORY_LIMIT',
  'CANCELLED',
  'INTERNAL',
]);

/** Whether a module that failed to load with this code would fail again. */
export function isModulesFault(code: GuardErrorCode): boolean {
  return modulesFaults.has(code);
}

/** Whether a running process that is killed with this code owes it to its guest. */
export function isGuestsFault(code: GuardErrorCode): boolean {
  return guestsFaults.has(code);
}

/** Why a process ended that nobody here killed. A SIGKILL from outside is no fault of the guest that ran. */
export function crash(code: number | null, signal: NodeJS.Signals | null): GuardError {
  if (signal === 'SIGKILL')
    return new GuardError('PROCESS_LOST', 'the process of this guard was killed from outside');
  return new GuardError('GUARD_TRAPPED', `its process crashed (${signal ?? `exit code ${code}`})`);
}

/** Why a process did not start: the system's doing. */
export function startFailure(cause: Error): GuardError {
  const code = 'code' in cause ? String(cause.code) : cause.message;
  return new GuardError('PROCESS_LOST', `its process does not start (${code})`, { cause });
}
