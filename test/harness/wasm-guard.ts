import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import wabt from 'wabt';

const assembler = await wabt();
const guests = join(import.meta.dirname, '..', 'guards');

/** The bytes of `test/guards/NAME.wat`. */
export async function guardBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return assemble(await guardText(name), `${name}.wat`);
}

/** The bytes of a module in text form, with every feature that V8 has, so that hostile ones assemble. */
export function assemble(text: string, name = 'guard.wat'): Uint8Array<ArrayBuffer> {
  const features = {
    tail_call: true,
    bulk_memory: true,
    multi_memory: true,
    exceptions: true,
    threads: true,
  };
  using module = disposable(assembler.parseWat(name, text, features));
  return new Uint8Array(module.toBinary({}).buffer);
}

/** A new folder, which is removed when the process of the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The bytes of a guest whose text is no file: it gets the prelude around it. */
export async function guestBytes(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return assemble(await wholeModule(text));
}

async function guardText(name: string): Promise<string> {
  return wholeModule(await readFile(join(guests, `${name}.wat`), 'utf8'));
}

/** What is no whole module gets the prelude around it. */
async function wholeModule(text: string): Promise<string> {
  if (/^\(module/m.test(text)) return text;
  const prelude = await readFile(join(guests, 'prelude.wat'), 'utf8');
  const own = exportsOf(text);
  const paragraphs = prelude.split('\n\n').filter((paragraph) => own.isDisjointFrom(exportsOf(paragraph)));
  return `(module\n${paragraphs.join('\n\n')}\n${text})`;
}

function exportsOf(text: string): Set<string> {
  return new Set([...text.matchAll(/\(export "([^"]+)"\)/g)].map(([, name = '']) => name));
}

function disposable<T extends { destroy(): void }>(module: T): T & Disposable {
  return Object.assign(module, { [Symbol.dispose]: () => module.destroy() });
}
