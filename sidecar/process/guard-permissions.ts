import { join } from 'node:path';
import { processHeapMiB } from '../limits.ts';

const guestFolder = join(import.meta.dirname, '..', 'guest');

/** The program of a guard process. Its file ends as this one does, in source and when compiled. */
export const guestMain = join(guestFolder, `main${import.meta.filename.slice(-3)}`);

/**
 * Node's arguments for a guard process: it may read its own source and do nothing else. Neither files nor network, child
 * processes, threads, addons or an inspector; each has its test. Signals are not covered: the container is the next wall.
 */
export const guardPermissions: readonly string[] = [
  '--permission',
  `--allow-fs-read=${guestFolder}/*`,
  // The permission model does not cover it, and it reads and writes files.
  '--no-experimental-sqlite',
  '--no-addons',
  '--disable-sigusr1',
  '--disallow-code-generation-from-strings',
  `--max-old-space-size=${processHeapMiB}`,
  // guest/reclaim-memory.ts says why.
  '--expose-gc',
];

/** The rest of what a guard process gets from its sidecar: nothing. */
export const guardSurroundings = { env: {}, cwd: guestFolder };
