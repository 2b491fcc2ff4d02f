/** A signal for one piece of work, which lets go of everything when that has ended. */
export interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
  /** The work is known to go on: it has its time anew, but for ten times that in all. */
  restart(): void;
  /** The work waits for somebody else: until this is disposed of, no time passes. */
  pause(): Disposable;
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
  let timer: NodeJS.Timeout | undefined;
  let pauses = 0;
  const start = () => {
    if (milliseconds !== undefined) timer = setTimeout(isOver, milliseconds);
  };
  start();
  const lastRestartMs = performance.now() + (maxRestarts - 1) * (milliseconds ?? 0);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return {
    signal: ending.signal,
    restart: () => {
      if (pauses === 0 && performance.now() < lastRestartMs) timer?.refresh();
    },
    pause: () => {
      pauses++;
      clearTimeout(timer);
      return {
        [Symbol.dispose]: () => {
          pauses--;
          if (pauses === 0 && !ending.signal.aborted) start();
        },
      };
    },
    [Symbol.dispose]: () => {
      // What is paused must not start its clock again.
      pauses = Number.POSITIVE_INFINITY;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
