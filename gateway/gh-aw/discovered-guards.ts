/** Guards that are found by where their file lies (compat.md 1.7); they come before whatever the configuration says. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Environment } from '../config/expand-variables.ts';

/** Where the image of gh-aw's gateway has its guard for the server `github`. */
const bakedInGuard = '/guards/github/00-github-guard.wasm';

/** The file of a server's guard, or why nobody can say whether there is one: then the server is unavailable. */
export type DiscoveredGuard =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Where guards are looked for. */
export interface GuardPlaces {
  /** `MCP_GATEWAY_WASM_GUARDS_DIR`; undefined: not set. Empty: nowhere, and the image's own guard does not count. */
  readonly folder: string | undefined;
  readonly bakedIn: string;
}

/** The places that the environment says. */
export function guardPlaces(env: Environment): GuardPlaces {
  return { folder: env.MCP_GATEWAY_WASM_GUARDS_DIR, bakedIn: bakedInGuard };
}

/** The guards of these servers, by server; nothing for those that have none. */
export async function discoverGuards(
  servers: readonly string[],
  places: GuardPlaces,
): Promise<ReadonlyMap<string, DiscoveredGuard>> {
  const found = await Promise.all(servers.map(async (name) => [name, await find(name, places)] as const));
  return new Map(found.flatMap(([name, guard]) => (guard === undefined ? [] : [[name, guard] as const])));
}

async function find(server: string, { folder, bakedIn }: GuardPlaces): Promise<DiscoveredGuard | undefined> {
  if (folder === '') return undefined;
  try {
    if (server === 'github' && (await exists(bakedIn))) return { kind: 'file', path: bakedIn };
    return folder === undefined ? undefined : await firstModule(resolve(folder, server));
  } catch {
    return {
      kind: 'unreadable',
      reason:
        'the folder of its guard in MCP_GATEWAY_WASM_GUARDS_DIR cannot be read: correct its permissions',
    };
  }
}

async function firstModule(folder: string): Promise<DiscoveredGuard | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ifMissing([]));
  const modules = entries.filter((entry) => !entry.isDirectory() && /\.wasm$/i.test(entry.name));
  const [first] = modules.map(({ name }) => name).sort();
  return first === undefined ? undefined : { kind: 'file', path: join(folder, first) };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ifMissing(undefined))) !== undefined;
}

function ifMissing<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };
}
