/** The WebAssembly core test suite as `wast2json` writes it: modules, and a list of commands that says what each is. */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the suite says of a module: that it is one, or that it is none. */
export interface CoreCase {
  readonly path: string;
  readonly isValid: boolean;
}

/** By the type of the command. The modules that only fail to link or to start are valid. */
const isValidBy = new Map([
  ['module', true],
  ['module_definition', true],
  ['assert_unlinkable', true],
  ['assert_uninstantiable', true],
  ['assert_invalid', false],
  ['assert_malformed', false],
]);

/** Copies of the suite in old proposals have it as a fault; WebAssembly 2.0 allows it. */
const outdated = 'multiple tables';

/** Every binary module that the command lists in `folder` and below name. */
export async function coreCases(folder: string): Promise<CoreCase[]> {
  const lists = globSync('**/*.json', { cwd: folder }).sort();
  const cases = await Promise.all(lists.map((list) => casesOf(join(folder, list))));
  return cases.flat();
}

async function casesOf(list: string): Promise<CoreCase[]> {
  const said: unknown = JSON.parse(await readFile(list, 'utf8'));
  if (typeof said !== 'object' || said === null || !('commands' in said) || !Array.isArray(said.commands))
    return [];
  return said.commands.flatMap((command: unknown) => {
    const { type, filename, text } = textsOf(command);
    const isValid = type === undefined ? undefined : isValidBy.get(type);
    // Malformed text has a file, too; it is the assembler's to refuse.
    if (isValid === undefined || !filename?.endsWith('.wasm') || text === outdated) return [];
    return [{ path: join(dirname(list), filename), isValid }];
  });
}

function textsOf(command: unknown): { type?: string; filename?: string; text?: string } {
  if (typeof command !== 'object' || command === null) return {};
  return {
    ...('type' in command && typeof command.type === 'string' ? { type: command.type } : {}),
    ...('filename' in command && typeof command.filename === 'string' ? { filename: command.filename } : {}),
    ...('text' in command && typeof command.text === 'string' ? { text: command.text } : {}),
  };
}
