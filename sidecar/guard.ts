import { createHash } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
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
  signal: AbortSignal,
): Promise<Guard> {
  const bytes = await readModule(config.path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (config.sha256 !== undefined && config.sha256 !== digest) {
    const sentence = `its file has the sha256 ${digest}, not the configured ${config.sha256}; correct the one that is wrong`;
    throw new GuardError('GUARD_UNAVAILABLE', sentence);
  }
  const { hasAlloc } = admit(bytes, { ...config.limits, moduleBytes: maxModuleBytes });
  if (!hasAlloc) log('warn', adviceOnBuffers);
  const pool = await GuardPool.start({ bytes, limits: config.limits, log }, signal);
  return {
    name: config.name,
    digest,
    limits: config.limits,
    defaultPolicy: Buffer.from(JSON.stringify(config.policy ?? {})),
    pool,
    idle: new IdleInstances(config.limits.idleInstances),
  };
}

const adviceOnBuffers =
  'it exports no alloc and dealloc, so its buffers sit at the end of its memory, where its heap may be; export both';

async function readModule(path: string): Promise<Uint8Array> {
  try {
    // A pipe would keep whoever opens or reads it waiting.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await file.stat();
    if (!status.isFile()) throw new UnfitFile('it is no regular file');
    if (status.size > maxModuleBytes)
      throw new UnfitFile(`it has ${status.size} bytes and may have ${maxModuleBytes}`);
    return await file.readFile();
  } catch (cause) {
    const why = cause instanceof UnfitFile ? cause.message : systemCode(cause);
    const sentence = `its file ${path} cannot be read (${why}); check guards.*.path`;
    throw new GuardError('GUARD_UNAVAILABLE', sentence, { cause });
  }
}

class UnfitFile extends Error {}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
