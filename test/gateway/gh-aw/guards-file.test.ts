import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { GuardsFile } from '../../../gateway/gh-aw/guards-file.ts';
import { parseConfig } from '../../../sidecar/config.ts';
import { readJson, remote, withServers } from './gh-aw-reader.ts';

suite('the file for a sidecar of the gateway’s own', () => {
  test('is nobody else’s, and gone with the gateway', async () => {
    const file = await GuardsFile.write({ guards: {} });
    assert.equal((await stat(file.path)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(file.path))).mode & 0o777, 0o700);
    assert.equal(await readFile(file.path, 'utf8'), '{"guards":{}}');
    await file[Symbol.asyncDispose]();
    await assert.rejects(stat(dirname(file.path)), { code: 'ENOENT' });
  });

  test('is what the sidecar reads, whatever dollars are in it, and holds the guards in use only', () => {
    const odd = `/guards/\${HOME}/$\${X}/$.wasm`;
    const value = {
      ...withServers({ x: remote({ guard: 'own' }) }),
      guards: {
        own: {
          type: 'wasm',
          path: `/guards/\${DOLLAR}{HOME}/$\${DOLLAR}{X}/$.wasm`,
          limits: { cpuMs: 20 },
          policy: { key: 'secret' },
        },
        idle: { type: 'wasm', path: '/idle.wasm' },
      },
    };
    const { guards } = readJson(value, { env: { DOLLAR: '$' } });
    const text = JSON.stringify(guards);
    assert.doesNotMatch(text, /secret/);
    const read = parseConfig(text, { folder: '/', env: {} }).guards;
    assert.deepEqual(
      read.map(({ name, path, limits }) => [name, path, limits.cpuMs]),
      [['own', odd, 20]],
    );
  });
});
