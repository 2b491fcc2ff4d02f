import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { filesPolicy, folderWith, guardCommand, guardJson, rulesGuard } from './guard-command.ts';

/** A folder of cases beside guests. */
async function casesOf(cases: Record<string, object>, ...guests: string[]): Promise<string> {
  const folder = join(await folderWith(...guests), 'cases');
  await mkdir(folder);
  for (const [name, json] of Object.entries(cases))
    await writeFile(join(folder, `${name}.json`), JSON.stringify(json));
  return folder;
}

const privateRead = {
  guard: rulesGuard,
  policy: `@${filesPolicy}`,
  tool: 'read_text_file',
  args: { path: '/data/x' },
};
const passes = {
  ...privateRead,
  expect: { resource: { secrecy: ['files:private'], operation: 'read' } },
};

suite('sluice guard test', () => {
  test('passes where all came as expected', async () => {
    const traps = {
      guard: '../returns-error.wasm',
      tool: 'x',
      result: {},
      expect: { failure: { at: 'label_response', code: 'GUARD_ERROR' } },
    };
    // More failures of one guard than a sidecar would go on asking it after.
    const failing = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`fails-${index}`, traps]));
    const folder = await casesOf({ passes, ...failing }, 'returns-error');
    assert.deepEqual(await guardCommand('test', folder), {
      stdout: '7 cases: 7 passed\n',
      stderr: '',
      exitCode: 0,
    });
  });

  test('shows each difference, and does not mind the order of tags', async () => {
    const expect = {
      resource: { secrecy: ['b', 'files:private', 'a'], integrity: ['c'], operation: 'write' },
    };
    const folder = await casesOf({ differs: { ...privateRead, expect }, passes });
    const { stdout, exitCode } = await guardCommand('test', folder);
    assert.equal(exitCode, 1);
    assert.deepEqual(stdout.split('\n'), [
      'failed differs.json',
      '  resource.secrecy: lacks "b"',
      '  resource.secrecy: lacks "a"',
      '  resource.integrity: lacks "c"',
      '  resource.operation: expected "write", came "read"',
      '2 cases: 1 passed, 1 failed',
      '',
    ]);
  });

  test('a tag that nobody expects, a failure that nobody expects and an empty case are findings', async () => {
    const folder = await casesOf(
      {
        tag: { ...privateRead, expect: { resource: { secrecy: [], operation: 'read' } } },
        failure: {
          guard: '../returns-error.wasm',
          tool: 'x',
          result: {},
          expect: { agent: { mode: 'filter' } },
        },
        empty: { ...privateRead, expect: {} },
      },
      'returns-error',
    );
    const { said, exitCode } = await guardJson('test', folder);
    assert.equal(exitCode, 1);
    assert.deepEqual(
      said.cases.map(({ file, findings }: { file: string; findings: string[] }) => [file, ...findings]),
      [
        ['empty.json', 'it expects nothing yet: --update writes down what came'],
        ['failure.json', 'failure: none expected, came {"at":"label_response","code":"GUARD_ERROR"}'],
        ['tag.json', 'resource.secrecy: has "files:private", not expected'],
      ],
    );
  });

  test('--update writes down what came, and keeps the rest of the case', async () => {
    const folder = await casesOf({ new: { about: 'a private file', ...privateRead } });
    assert.equal((await guardCommand('test', folder)).exitCode, 1);
    const { stdout, exitCode } = await guardCommand('test', folder, '--update');
    assert.equal(exitCode, 0);
    assert.match(stdout, /1 cases: 1 updated/);
    const written = JSON.parse(await readFile(join(folder, 'new.json'), 'utf8'));
    assert.deepEqual({ ...written, expect: 0 }, { about: 'a private file', ...privateRead, expect: 0 });
    assert.deepEqual(written.expect.resource.secrecy, ['files:private']);
    assert.match((await guardCommand('test', folder)).stdout, /1 cases: 1 passed/);
  });

  test('what is no case is a finding, and the others are asked', async () => {
    const folder = await casesOf({
      misspelt: { ...passes, expct: {} },
      nowhere: { ...passes, guard: './nowhere.wasm' },
      passes,
    });
    const { said, exitCode } = await guardJson('test', folder);
    assert.equal(exitCode, 1);
    assert.deepEqual([said.passed, said.broken], [1, 2]);
    const [misspelt, nowhere] = said.cases;
    assert.match(misspelt.findings[0], /^"expct" is no part of a case; there are about, guard/);
    assert.match(nowhere.findings[0], /nowhere\.wasm: is it the path of a \.wasm file\?$/);
  });

  test('--guard asks another guard the same cases', async () => {
    const folder = await casesOf({ passes }, 'answers-public');
    const other = join(folder, '..', 'answers-public.wasm');
    const { said, exitCode } = await guardJson('test', folder, '--guard', other);
    assert.equal(exitCode, 1);
    assert.deepEqual(said.cases[0].findings, ['resource.secrecy: lacks "files:private"']);
  });
});
