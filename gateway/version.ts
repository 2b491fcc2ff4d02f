import { readFileSync } from 'node:fs';

/** Sluice's version, from its package. */
export const version = expectVersion(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);

function expectVersion(manifest: { version?: unknown }): string {
  return typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
