import { GuardCounters } from '../guard/guard-counters.ts';
import { GuardError } from '../guard-error.ts';
import { defaultGuardLimits } from '../guard-limits.ts';
import { killProofMs } from '../limits.ts';
import type { CommandPrefix } from './end-with-parent.ts';
import { GuardProcess } from './guard-process.ts';
import type { Turn } from './running-turn.ts';

/** What the proof needs of a guard process. */
export interface ProvenProcess {
  turn(turn: Turn, signal: AbortSignal): Promise<unknown>;
  /** Kills it at once. */
  end(): void;
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;
}

/** CPU time that the endless guest may burn, in milliseconds. */
const cpuMs = 20;

/**
 * Proves, on the system it runs on, that a guest that never returns is dead in time. All else that a sidecar promises
 * rests on it, so without the proof it must not serve. Throws one sentence, or the signal's reason.
 */
export async function proveKill(
  signal: AbortSignal,
  start: (signal: AbortSignal) => Promise<ProvenProcess>,
): Promise<void> {
  const guest = await start(signal);
  // What is told to end has a moment to end by itself, and so may have come up all the same: it would wait for a turn for ever.
  if (signal.aborted) guest.end();
  const request = { op: 'call', instance: 1, export: 'label_agent' } as const;
  const ended = guest.turn({ request, cpuMs }, signal).then(
    () => 'it returned',
    (error) => endOf(error),
  );
  const within = Promise.withResolvers<string>();
  const timeout = setTimeout(() => within.resolve(`it still ran after ${killProofMs} ms`), killProofMs);
  try {
    const dead = Promise.all([ended, guest.exited]).then(([end]) => end);
    const end = await Promise.race([dead, within.promise]);
    signal.throwIfAborted();
    if (end !== 'BUDGET_EXCEEDED') throw new Error(`${unproven} (${end})`);
  } finally {
    clearTimeout(timeout);
  }
}

/** A guard process whose guest never returns, by tail calls: what the engine itself cannot stop. */
export function startEndlessGuest(commandPrefix: CommandPrefix, signal: AbortSignal): Promise<ProvenProcess> {
  const program = {
    name: 'endless guest',
    bytes: Buffer.from(endlessGuest, 'base64'),
    limits: defaultGuardLimits,
    admitted: Promise.resolve(),
    log: { write: () => undefined, line: () => undefined, wrote: () => undefined },
    counters: new GuardCounters(),
    commandPrefix,
  };
  return GuardProcess.start(program, signal);
}

function endOf(error: unknown): string {
  return error instanceof GuardError ? error.code : String(error);
}

const unproven =
  'this sidecar cannot prove that it kills a guard that does not return, so it does not serve; run it with the Node that comes with it, where it may start and kill processes and /proc is mounted';

/** `endless-guest.wat` as `wat2wasm` makes it, in base64; a test compares them. */
export const endlessGuest =
  'AGFzbQEAAAABDQJgAAF/YAR/f39/AX8DAwIAAQUDAQABBxgCBm1lbW9yeQIAC2xhYmVsX2FnZW50AAEKCwIEABIACwQAEgAL';
