/**
 * `node scripts/build-package.ts [FOLDER]`, before `npm pack`: compiles what the package runs into `dist/`, or the folder,
 * since Node strips no types below `node_modules`.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [dist = join(root, 'dist')] = process.argv.slice(2);

/** What the compiled files read beside them, as it is. */
const carried = ['proto/gen/descriptors.binpb', 'examples/quickstart/files', 'gateway/status/page'];

/** The quickstart's configuration names a program of ours, and a guard that stands beside `dist/`. */
const quickstart = 'examples/quickstart/sluice.jsonc';
const renamed = [
  ['"outbox.ts"', '"outbox.js"'],
  ['"../../guards/', '"../../../guards/'],
] as const;

await rm(dist, { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.package.json', '--outDir', dist], { cwd: root, stdio: 'inherit' });
for (const path of carried) await cp(join(root, path), join(dist, path), { recursive: true });
await writeFile(await placeOf(quickstart), rename(await readFile(join(root, quickstart), 'utf8')));

async function placeOf(path: string): Promise<string> {
  await mkdir(dirname(join(dist, path)), { recursive: true });
  return join(dist, path);
}

function rename(text: string): string {
  return renamed.reduce((renamedSoFar, [from, to]) => {
    if (!renamedSoFar.includes(from)) throw new Error(`${quickstart} no longer names ${from}`);
    return renamedSoFar.replaceAll(from, to);
  }, text);
}
