import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

test('proto/gen is what buf and ts-proto make of the protocol today', async () => {
  const folder = await temporaryFolder();
  try {
    await run(join(root, 'node_modules/.bin/buf'), ['generate', '--output', folder], { cwd: root });
    const paths = globSync('**/*.ts', { cwd: join(folder, 'proto/gen') }).sort();
    assert.deepEqual(paths, globSync('**/*.ts', { cwd: join(root, 'proto/gen') }).sort());
    for (const path of paths) {
      const [fresh, committed] = await Promise.all([
        readFile(join(folder, 'proto/gen', path), 'utf8'),
        readFile(join(root, 'proto/gen', path), 'utf8'),
      ]);
      assert.equal(fresh, committed, `${path} is out of date: run npm run generate`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('proto/gen/descriptors.binpb describes the protocol of today', async () => {
  const folder = await temporaryFolder();
  const fresh = join(folder, 'descriptors.binpb');
  const args = ['build', '--as-file-descriptor-set', '--output', fresh];
  await run(join(root, 'node_modules/.bin/buf'), args, { cwd: root });
  const [now, committed] = await Promise.all([
    readFile(fresh),
    readFile(join(root, 'proto/gen/descriptors.binpb')),
  ]);
  assert.ok(now.equals(committed), 'descriptors.binpb is out of date: run npm run generate');
});
