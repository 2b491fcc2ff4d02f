import assert from 'node:assert/strict';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  type DiscoveredGuard,
  discoverGuards,
  guardPlaces,
} from '../../../gateway/gh-aw/discovered-guards.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

let folder: string;
let bakedIn: string;
before(async () => {
  folder = await temporaryFolder();
  bakedIn = join(folder, 'image', '00-github-guard.wasm');
  await write('image/00-github-guard.wasm', 'guards/github/own.wasm', 'guards/x/b.wasm', 'guards/x/A.WASM');
  await write('guards/x/a.txt', 'guards/y/readme.md', 'guards/y/folder.wasm/inner.wasm', 'guards/file');
});
after(() => rm(folder, { recursive: true, force: true }));

async function write(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), '');
  }
}

/** The guard of one server. */
async function guardOf(server: string, places: object = {}): Promise<DiscoveredGuard | undefined> {
  const found = await discoverGuards([server], { folder: join(folder, 'guards'), bakedIn, ...places });
  return found.get(server);
}

const file = (path: string) => ({ kind: 'file', path: join(folder, path) });

suite('the guard of a server, by where its file lies', () => {
  test('is the first module of its folder, in the order of their names', async () => {
    assert.deepEqual(await guardOf('x'), file('guards/x/A.WASM'));
  });

  test('is none where there is no module, no folder, or a file in its place', async () => {
    for (const server of ['y', 'nowhere', 'file']) assert.equal(await guardOf(server), undefined, server);
  });

  test('is the image’s own for github, which comes before that in its folder', async () => {
    assert.deepEqual(await guardOf('github'), file('image/00-github-guard.wasm'));
    assert.deepEqual(await guardOf('github', { folder: undefined }), file('image/00-github-guard.wasm'));
    assert.deepEqual(
      await guardOf('github', { bakedIn: join(folder, 'nowhere') }),
      file('guards/github/own.wasm'),
    );
    assert.equal(await guardOf('x', { folder: undefined }), undefined);
  });

  test('is none at all where the variable is set and empty', async () => {
    assert.equal(await guardOf('github', { folder: '' }), undefined);
  });

  test('is unreadable, and not none, where its folder cannot be read', async (context) => {
    if (process.getuid?.() === 0) return context.skip('nothing is closed to root');
    await write('guards/closed/a.wasm');
    await chmod(join(folder, 'guards/closed'), 0);
    const found = await guardOf('closed');
    await chmod(join(folder, 'guards/closed'), 0o700);
    assert.equal(found?.kind, 'unreadable');
  });

  test('is unreadable where its name is a loop of links', async () => {
    await symlink('loop', join(folder, 'guards', 'loop'));
    assert.deepEqual(await guardOf('loop'), {
      kind: 'unreadable',
      reason:
        'the folder of its guard in MCP_GATEWAY_WASM_GUARDS_DIR cannot be read: correct its permissions',
    });
  });

  test('is looked for where the environment says', () => {
    assert.deepEqual(guardPlaces({ MCP_GATEWAY_WASM_GUARDS_DIR: '/g' }), {
      folder: '/g',
      bakedIn: '/guards/github/00-github-guard.wasm',
    });
  });
});
