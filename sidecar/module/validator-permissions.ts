import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { validatorHeapMiB, validatorMemoryPages, validatorStackKiB } from '../limits.ts';

const validatorFolder = join(import.meta.dirname, '..', 'validator');
const wabtPath = createRequire(import.meta.url).resolve('wabt');

/** The program of a validator process and its argument. Its file ends as this one does, in source and when compiled. */
export const validatorProgram: readonly string[] = [
  join(validatorFolder, `main${import.meta.filename.slice(-3)}`),
  wabtPath,
];

/**
 * Node's arguments for a validator process: it may read its own source and the validator's, and do nothing else. As in
 * guard-permissions.ts, which says why for each.
 */
export const validatorPermissions: readonly string[] = [
  '--permission',
  `--allow-fs-read=${validatorFolder}/*`,
  `--allow-fs-read=${dirname(wabtPath)}/*`,
  '--no-experimental-sqlite',
  '--no-addons',
  '--disable-sigusr1',
  '--disallow-code-generation-from-strings',
  `--max-old-space-size=${validatorHeapMiB}`,
  `--wasm-max-mem-pages=${validatorMemoryPages}`,
  `--stack-size=${validatorStackKiB}`,
];

/** The rest of what a validator process gets from its sidecar: nothing. */
export const validatorSurroundings = { env: {}, cwd: validatorFolder };
