import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FinishedCommand, finishedCommand } from '../../harness/finished-command.ts';
import { guardBytes, temporaryFolder } from '../../harness/wasm-guard.ts';

export const root = join(import.meta.dirname, '..', '..', '..');

/** Runs `sluice guard …` to its end. */
export function guardCommand(...args: readonly string[]): Promise<FinishedCommand> {
  return finishedCommand(process.execPath, [join(root, 'cli', 'main.ts'), 'guard', ...args]);
}

/** The same with `--json`: what it printed. */
export async function guardJson(...args: readonly string[]) {
  const { stdout, stderr, exitCode } = await guardCommand(...args, '--json');
  return { said: stdout === '' ? undefined : JSON.parse(stdout), stderr, exitCode };
}

/** A folder with the guests of these names in it, as `NAME.wasm`. */
export async function folderWith(...guests: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const guest of guests) await writeFile(join(folder, `${guest}.wasm`), await guardBytes(guest));
  return folder;
}

/** The rules guard, and a policy for it. */
export const rulesGuard = join(root, 'guards', 'rules', 'rules.wasm');
export const filesPolicy = join(root, 'guards', 'rules', 'examples', 'files.json');
