import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** Sluice's version, from its package: `unknown` where that is not there. */
export const version = versionIn(findPackageJSON(import.meta.url));

/** The manifest is one folder above the sources, and two above what is compiled of them. */
function versionIn(manifest: string | undefined): string {
  if (manifest === undefined) return 'unknown';
  const { version }: { version?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof version === 'string' ? version : 'unknown';
}
