import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Environment } from './expand-variables.ts';

/** A folder of this machine that containers may be given, with all that is in it. */
export interface MountRoot {
  /** Absolute. */
  readonly path: string;
  readonly access: MountAccess;
}

export type MountAccess = 'ro' | 'rw';

/** A folder or a file of this machine that a container is given. */
export interface Mount {
  /** As it is written. */
  readonly path: string;
  /** Absolute, without symbolic links. */
  readonly source: string;
  readonly target: string;
  readonly access: MountAccess;
}

/**
 * What containers may be given where nobody says more: the workspace of a GitHub job and the gateway's folder to read, and the
 * folder for temporary files to write. One that is the whole file system is none.
 */
export function usualMountRoots(env: Environment, folder: string): readonly MountRoot[] {
  const { GITHUB_WORKSPACE: workspace, TMPDIR: temporary } = env;
  const roots: MountRoot[] = [
    ...(workspace?.startsWith('/') ? [{ path: workspace, access: 'ro' } as const] : []),
    { path: folder, access: 'ro' },
    { path: temporary?.startsWith('/') ? temporary : '/tmp', access: 'rw' },
  ];
  return roots.filter(({ path }) => canonicalPath(path) !== '/');
}

/** Reads `/path:ro` or `/path:rw`; undefined for anything else. */
export function parseMountRoot(text: string): MountRoot | undefined {
  const [, path, access] = /^(\/[^:]*):(ro|rw)$/.exec(text) ?? [];
  return path === undefined ? undefined : { path, access: access === 'rw' ? 'rw' : 'ro' };
}

/**
 * Reads `/source:/target:ro` (or `rw`) and holds it against the roots; symbolic links count as what they lead to.
 * A text: why it is refused, in one sentence.
 */
export function judgeMount(text: string, roots: readonly MountRoot[]): Mount | string {
  const [, written, target, mode] = /^(\/[^:]+):(\/[^:]+):(ro|rw)$/.exec(text) ?? [];
  if (written === undefined || target === undefined)
    return 'must be /source:/target:ro, or with rw at its end, both paths absolute';
  const access = mode === 'rw' ? 'rw' : 'ro';
  const source = canonicalPath(written);
  const matching = roots.filter(({ path }) => isWithin(source, canonicalPath(path)));
  if (matching.length === 0)
    return 'is in none of the folders that containers may be given: allow it in the mount roots';
  if (access === 'rw' && !matching.some((root) => root.access === 'rw'))
    return 'may only be read by containers: mount it with ro, or allow it with rw in the mount roots';
  return { path: written, source, target, access };
}

/** The path without symbolic links and dots, also where its end does not exist yet. */
export function canonicalPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(canonicalPath(parent), basename(absolute));
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root === '/' ? root : `${root}/`);
}
