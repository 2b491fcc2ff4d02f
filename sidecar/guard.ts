import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { admit } from './admission.ts';
import type { GuardConfig } from './config.ts';
import { GuardError } from './guard-error.ts';
import type { GuardLimits } from './guard-limits.ts';
import { GuardPool } from './guard-pool.ts';
import type { LogLevel } from './guest/protocol.ts';
import { IdleInstances } from './idle-instances.ts';
import { maxModuleBytes } from './limits.ts';

/** A guard that can be asked: its bytes were admitted, and a process has compiled them. */
export interface Guard {
  readonly name: string;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly digest: string;
  readonly limits: GuardLimits;
  /** What `label_agent` gets from a session without a policy: a JSON object, UTF-8. */
  readonly defaultPolicy: Uint8Array;
  readonly pool: GuardPool;
  readonly idle: IdleInstances;
}

/** Reads, admits and starts a guard. Throws GUARD_UNAVAILABLE with a sentence that says what is wrong and what to do. */
export async function loadGuard(
  config: GuardConfig,
  log: (level: LogLevel, line: string) => void,
): Promise<Guard> {
  const bytes = await readModule(config.path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (config.sha256 !== undefined && config.sha256 !== digest) {
    const sentence = `its file has the sha256 ${digest}, not the configured ${config.sha256}; correct the one that is wrong`;
    throw new GuardError('GUARD_UNAVAILABLE', sentence);
  }
  admit(bytes, { ...config.limits, moduleBytes: maxModuleBytes });
  const pool = await GuardPool.start({ bytes, limits: config.limits, log });
  return {
    name: config.name,
    digest,
    limits: config.limits,
    defaultPolicy: Buffer.from(JSON.stringify(config.policy ?? {})),
    pool,
    idle: new IdleInstances(config.limits.idleInstances),
  };
}

async function readModule(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new GuardError(
      'GUARD_UNAVAILABLE',
      `its file ${path} cannot be read (${why}); check guards.*.path`,
      { cause },
    );
  }
}
