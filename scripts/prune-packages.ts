/**
 * `node scripts/prune-packages.ts FOLDER`, run while the image is built: removes from the packages in FOLDER what Node never
 * loads. Licences stay.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Types and their sources (Node strips no types below `node_modules`), maps for debuggers, documents. */
const unloaded = /\.(map|ts|mts|cts|md|markdown)$/i;
/** Types, links to programs, and wabt's programs: the sidecar uses it as a library. */
const unusedFolders = ['@types', '.bin', 'wabt/bin'];

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/prune-packages.ts FOLDER');
for (const each of unusedFolders) await rm(join(folder, each), { recursive: true, force: true });
for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && unloaded.test(entry.name) && !/^licen[cs]e/i.test(entry.name))
    await rm(join(entry.parentPath, entry.name));
