import { access } from 'node:fs/promises';
import { ConfigError } from '../config/config-error.ts';
import type { JsonObject } from '../config/json-value.ts';
import { type GuardConfig, parseConfig } from '../config.ts';
import { UsageError } from './usage-error.ts';

/** What a command runs a guard as. */
export const commandGuard = 'guard';

/**
 * A guard as if a configuration named its file and these limits: what the sidecar says of limits is said here, too.
 *
 * @throws UsageError where the file is not there, or a limit is none
 */
export async function guardFile(path: string, limits: JsonObject | undefined): Promise<GuardConfig> {
  await access(path).catch(() => {
    throw new UsageError(`cannot read ${path}: is it the path of a .wasm file?`);
  });
  const guard = { type: 'wasm', path: 'guard.wasm', ...(limits === undefined ? {} : { limits }) };
  const text = JSON.stringify({ guards: { [commandGuard]: guard } });
  try {
    const [config] = parseConfig(text, { folder: process.cwd(), env: {} }).guards;
    if (config === undefined) throw new UsageError('the limits are for no guard');
    return { ...config, path };
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(`--limits: ${error.message}`);
    throw error;
  }
}
