/** docs/write-a-guard.md, followed word for word: its files and commands, in an empty folder, and what it says one will see. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { exampleModuleUrl, languages } from '../../guards/examples/build.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const page = await readFile(join(root, 'docs', 'write-a-guard.md'), 'utf8');
const run = promisify(execFile);

/** npm fetches a compiler of some 10 MB, on a busy machine. In milliseconds. */
const timeout = 120_000;

interface Step {
  readonly kind: string;
  /** The file that the block is to be saved as. */
  readonly file: string | undefined;
  readonly text: string;
}

const steps: readonly Step[] = [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, kind = '', file, text = '']) => ({ kind, file, text }),
);

/** An empty folder, and a `sluice` on the PATH, as after an installation of the package. */
async function emptyFolder(): Promise<{ folder: string; env: Record<string, string> }> {
  const outside = await temporaryFolder();
  const [folder, bin] = [join(outside, 'notes-guard'), join(outside, 'bin')];
  await mkdir(folder);
  await mkdir(bin);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'cli', 'main.ts')}' "$@"\n`;
  await writeFile(join(bin, 'sluice'), program);
  await chmod(join(bin, 'sluice'), 0o755);
  const PATH = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
  const HOME = process.env.HOME ?? outside;
  return { folder, env: { PATH, HOME, TMPDIR: outside, SLUICE: root, npm_config_prefer_offline: 'true' } };
}

/** Does what the steps say, in their order: what the last command printed. */
async function follow(
  wanted: readonly Step[],
  { folder, env }: { folder: string; env: Record<string, string> },
) {
  let printed = '';
  for (const { kind, file, text } of wanted) {
    if (file !== undefined) await writeFile(join(folder, file), text);
    else if (kind === 'sh') printed = (await run('sh', ['-ec', text], { cwd: folder, env })).stdout;
  }
  return printed;
}

suite('docs/write-a-guard.md', () => {
  test('leads from an empty folder to the labels that it shows', { timeout }, async () => {
    const place = await emptyFolder();
    const [install, ...others] = steps;
    assert.ok(install !== undefined);
    await follow([install], place);
    assert.equal(await follow(others, place), steps.at(-1)?.text);
    const changed = others.map((step) =>
      step.file === 'notes.ts' ? { ...step, text: step.text.replace("'public'", "'shared'") } : step,
    );
    assert.match(await follow(changed, place), /2 items, of which 2 may not be returned/);
  });

  test('has files, commands and what they print', () => {
    assert.deepEqual(
      steps.map(({ kind, file }) => [kind, file].join(' ').trim()),
      ['sh', 'ts notes.ts', 'sh', 'jsonc sluice.jsonc', 'json list.json', 'sh', 'text'],
    );
  });

  test('takes the compiler that Sluice takes', async () => {
    const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    assert.match(page, new RegExp(`assemblyscript@${devDependencies.assemblyscript}\n`));
  });

  test('says how large the modules are', async () => {
    for (const language of languages) {
      const { length } = await readFile(exampleModuleUrl(language));
      assert.ok(
        page.includes(`(../guards/examples/${language}) | ${length.toLocaleString('en')} B |`),
        language,
      );
    }
  });

  test('links only to what is there', async () => {
    for (const [, link = ''] of page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      const isThere = await readFile(join(root, 'docs', link)).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'EISDIR',
      );
      assert.ok(isThere, link);
    }
  });
});
