import { GuardCounters } from '../../sidecar/guard/guard-counters.ts';
import { defaultGuardLimits, type GuardLimits } from '../../sidecar/guard-limits.ts';
import type { GuardProgram } from '../../sidecar/process/guard-process.ts';
import { guardBytes } from './wasm-guard.ts';

/** What the processes of a test guest are started with. */
export async function guardProgram(guest: string, limits: Partial<GuardLimits> = {}): Promise<GuardProgram> {
  return programOf(await guardBytes(guest), limits);
}

/** The same, for bytes from elsewhere. */
export function programOf(bytes: Uint8Array, limits: Partial<GuardLimits> = {}): GuardProgram {
  return {
    name: 'guest',
    bytes,
    limits: { ...defaultGuardLimits, ...limits },
    admitted: Promise.resolve(),
    log: { write: () => undefined, line: () => undefined, wrote: () => undefined },
    counters: new GuardCounters(),
    commandPrefix: [],
  };
}
