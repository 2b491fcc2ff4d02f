import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestSettings, RunningSidecar } from '../harness/running-sidecar.ts';
import { guardBytes } from '../harness/wasm-guard.ts';

/** Guests that keep to the ABI: each question of theirs must be answered with the right labels. */
export const soundGuests = ['remembers-policy', 'calls-backend', 'calls-backend-twice'] as const;

/** Guests whose `label_response` does what no guest may; their `label_resource` is benign. */
export const hostileGuests = [
  'loops',
  'traps',
  'fills-memory',
  'overflows-stack',
  'answers-garbage',
  'claims-too-much',
  'exits',
  'aborts',
  'wants-ever-larger',
  'naps',
] as const;

const hostileLimits = { cpuMs: 60, deadlineMs: 800 };

/** The configuration of them all. */
export function soakGuests(): Record<string, GuestSettings> {
  const sound = soundGuests.map((name) => [name, {}] as const);
  const hostile = hostileGuests.map((name) => [name, { limits: hostileLimits }] as const);
  return Object.fromEntries([...sound, ...hostile]);
}

/**
 * Replaces the modules of the sound guests by others that do the same, and asks the sidecar to load them. The version is
 * a byte in a custom section.
 */
export async function reloadGuests(sidecar: RunningSidecar, version: number): Promise<void> {
  for (const name of soundGuests) {
    const path = join(sidecar.folder, `${name}.wasm`);
    const section = [0, 3, 1, 'v'.charCodeAt(0), version % 256];
    await writeFile(`${path}.new`, Buffer.concat([await guardBytes(name), Buffer.from(section)]));
    await rename(`${path}.new`, path);
  }
  sidecar.child.kill('SIGHUP');
}
