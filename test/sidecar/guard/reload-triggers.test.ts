import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { description, json } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { versionedGuest } from '../../harness/versioned-guest.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

describe('a sidecar that watches', () => {
  it('reloads a guard when its file changes, is replaced, and when its configuration changes', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'guard.wasm');
    await writeFile(path, await versionedGuest({ version: 1 }));
    const guards = { guard: { type: 'wasm', path } };
    await using sidecar = await RunningSidecar.start(guards, { watches: true });
    const stream = await sidecar.open('guard');
    stream.answerBackend = () => json({});
    const changes: Record<string, () => Promise<void>> = {
      2: async () => writeFile(path, await versionedGuest({ version: 2 })),
      3: async () => {
        await writeFile(`${path}.new`, await versionedGuest({ version: 3 }));
        await rename(`${path}.new`, path);
      },
      4: async () => {
        const other = join(await temporaryFolder(), 'guard.wasm');
        await writeFile(other, await versionedGuest({ version: 4 }));
        const config = { guards: { guard: { type: 'wasm', path: other } } };
        await writeFile(join(sidecar.folder, 'sluice.json'), JSON.stringify(config));
      },
    };
    for (const [version, change] of Object.entries(changes)) {
      const before = sidecar.log.length;
      await change();
      await sidecar.logged('guard reloaded', before);
      assert.equal(description(await stream.labelResource('get')), version);
    }
    await stream.close();
  });
});

describe('a sidecar', () => {
  it('that is told to reload while it starts does so when it has started, and goes on', async () => {
    const path = join(await temporaryFolder(), 'guard.wasm');
    await writeFile(path, await versionedGuest({ version: 1 }));
    await using sidecar = await RunningSidecar.start({ guard: { type: 'wasm', path } });
    sidecar.child.kill('SIGHUP');
    const stream = await sidecar.open('guard');
    stream.answerBackend = () => json({});
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
  });
});
