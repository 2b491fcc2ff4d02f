/** A signal for one piece of work, which lets go of everything when that has ended. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
  /** The work is known to go on: it has its time anew, but for ten times that in all. */
  restart(): void;
}

/** So many times its time work may take that tells of its progress: a server must not hold a call for ever. */
const maxRestarts = 10;

/**
 * Aborts when `signal` does, with its reason, or after so many milliseconds, where there are so many. `AbortSignal.any` and `.timeout` would do
 * the same, but stay in memory until the time is over, which may be a day: too long for something that each call has.
 */
export function timeLimit(milliseconds: number | undefined, signal: AbortSignal): TimeLimit {
  const ending = new AbortController();
  const abort = () => ending.abort(signal.reason);
  const isOver = () => ending.abort(new Error('the time is over'));
  const timer = milliseconds === undefined ? undefined : setTimeout(isOver, milliseconds);
  const lastRestartMs = performance.now() + (maxRestarts - 1) * (milliseconds ?? 0);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: ending.signal,
    restart: () => {
      if (performance.now() < lastRestartMs) timer?.refresh();
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
