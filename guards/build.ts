// Builds the guards that ship with Sluice: `node guards/build.ts`. The same sources and the same compiler give the same
// bytes, so a test can hold the committed modules against them.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** The guards, by the name of their folder, their entry file and their module. */
export const guardNames: readonly string[] = ['rules', 'scripted'];

/** Where the module of a guard is committed. */
export function guardModuleUrl(name: string): URL {
  return new URL(`./${name}/${name}.wasm`, import.meta.url);
}

/** Compiles one guard. Throws the compiler's own words when it does not compile. */
export async function buildGuard(name: string): Promise<Uint8Array> {
  const baseDir = fileURLToPath(new URL('.', import.meta.url));
  const output = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(
    [
      ...[`${name}/assembly/${name}-guard.ts`, '--baseDir', baseDir, '--outFile', `${name}.wasm`],
      // A real heap with a garbage collector. Its stack of roots must hold the deepest JSON that the parser reads.
      ...['-O3', '--converge', '--runtime', 'incremental', '--stackSize', '262144'],
    ],
    {
      writeFile(path, contents) {
        output.set(path, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
      },
    },
  );
  const module = output.get(`${name}.wasm`);
  if (error || !module)
    throw new Error(`Guard ${name} does not compile:\n${stderr.toString()}`, { cause: error });
  return module;
}

if (import.meta.main) {
  for (const name of guardNames) {
    const module = await buildGuard(name);
    await writeFile(guardModuleUrl(name), module);
    process.stdout.write(`guards/${name}/${name}.wasm: ${module.byteLength} bytes\n`);
  }
}
