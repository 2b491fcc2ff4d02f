import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import wabt from 'wabt';

const assembler = await wabt();

/** The bytes of `test/guards/NAME.wat`. */
export async function guardBytes(name: string): Promise<Uint8Array> {
  const path = join(import.meta.dirname, '..', 'guards', `${name}.wat`);
  return assemble(await readFile(path, 'utf8'), `${name}.wat`);
}

/** The bytes of a module in text form, with every feature that V8 has, so that hostile ones assemble. */
export function assemble(text: string, name = 'guard.wat'): Uint8Array {
  const features = { tail_call: true, bulk_memory: true, multi_memory: true, exceptions: true, threads: true };
  using module = disposable(assembler.parseWat(name, text, features));
  return module.toBinary({}).buffer;
}

/** The path of a file with a guard, in a new temporary folder. */
export async function guardFile(name: string): Promise<string> {
  const path = join(await temporaryFolder(), `${name}.wasm`);
  await writeFile(path, await guardBytes(name));
  return path;
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sluice-test-'));
}

function disposable<T extends { destroy(): void }>(module: T): T & Disposable {
  return Object.assign(module, { [Symbol.dispose]: () => module.destroy() });
}
