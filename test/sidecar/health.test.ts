import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { finishedCommand } from '../harness/finished-command.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

async function health(...args: readonly string[]): Promise<number | null> {
  return (await finishedCommand(process.execPath, ['sidecar/health.ts', ...args])).exitCode;
}

suite('asking a sidecar for its health', () => {
  test('ends with 0 where it, or the named guard, serves, and with 1 where it does not', async () => {
    const sidecar = await RunningSidecar.serving({
      'answers-public': {},
      lost: { guest: 'answers-public', sha256: '0'.repeat(64) },
    });
    const { address } = sidecar;
    assert.equal(await health(address), 0);
    assert.equal(await health(address, 'answers-public'), 0);
    assert.equal(await health(address, 'lost'), 1);
    assert.equal(await health(address, 'unknown'), 1);
    await sidecar[Symbol.asyncDispose]();
    assert.equal(await health(address), 1);
  });

  test('ends with 1 for a server that says nothing, or something else', async () => {
    for (const words of ['', 'HTTP/1.1 200 OK\r\n\r\n']) {
      const path = join(await temporaryFolder(), 's.sock');
      const server = createServer((socket) => socket.on('error', () => undefined).write(words)).listen(path);
      assert.equal(await health(`unix:${path}`), 1);
      server.close();
    }
  });

  test('says how it is used to those who name no socket', async () => {
    const { exitCode, stderr } = await finishedCommand(process.execPath, [
      'sidecar/health.ts',
      'localhost:1',
    ]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^usage: /);
  });
});

suite('the sockets of a sidecar', () => {
  test('are its group’s to have things labelled, and its own to be administered', async () => {
    await using sidecar = await RunningSidecar.serving({ 'answers-public': {} }, { isAdministered: true });
    const modeOf = async (address: string) => (await stat(address.slice('unix:'.length))).mode & 0o777;
    assert.equal(await modeOf(sidecar.address), 0o660);
    assert.equal(await modeOf(sidecar.adminAddress), 0o600);
  });
});
