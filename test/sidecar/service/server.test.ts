import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, credentials, status } from '@grpc/grpc-js';
import { description, json } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

const labels = json({ resource: { description: 'from the backend' } });

describe('the server', () => {
  it('serves on a socket, whose file it leaves to nobody', async () => {
    const first = await RunningSidecar.serving({ 'answers-public': {} });
    const { address } = first;
    assert.match(address, /^unix:\//);
    await first.stop('SIGKILL');
    // The file of the one that was killed is still there.
    await using second = await RunningSidecar.serving({ 'answers-public': {} }, { listen: address });
    const stream = await second.open('answers-public');
    await stream.labelResource('get');
    await stream.close();
    await first[Symbol.asyncDispose]();
  });

  it('serves on a port, and says which one it took', async () => {
    await using sidecar = await RunningSidecar.serving({ 'answers-public': {} }, { listen: '127.0.0.1:0' });
    assert.match(sidecar.address, /^127\.0\.0\.1:[1-9]\d*$/);
    const stream = await sidecar.open('answers-public');
    await stream.labelResource('get');
    await stream.close();
  });

  describe('does not start', () => {
    const cases: Record<string, { listen: (folder: string) => Promise<string> | string; says: RegExp }> = {
      'on a socket that another process listens on': {
        listen: listeningSocket,
        says: /another process listens/,
      },
      'on a file that is no socket': { listen: plainFile, says: /exists and is no socket/ },
      'on a path that the system would cut': {
        listen: (folder) => `unix:${join(folder, 'x'.repeat(100))}`,
        says: /longer than 100 bytes/,
      },
      'on something that is no address': { listen: () => 'somewhere', says: /write unix:/ },
      'on a port that is in use': { listen: () => usedPort(), says: /EADDRINUSE|No address added/ },
    };
    const closing: (() => void)[] = [];
    after(() => {
      for (const close of closing) close();
    });

    for (const [name, { listen, says }] of Object.entries(cases)) {
      it(name, async () => {
        const address = await listen(await temporaryFolder());
        await assert.rejects(RunningSidecar.start({}, { listen: address }), { message: says });
      });
    }

    async function listeningSocket(folder: string): Promise<string> {
      const path = join(folder, 'taken.sock');
      const server = createServer().listen(path);
      closing.push(() => server.close());
      return `unix:${path}`;
    }

    async function plainFile(folder: string): Promise<string> {
      await writeFile(join(folder, 'file'), '');
      return `unix:${join(folder, 'file')}`;
    }

    async function usedPort(): Promise<string> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const server = createServer().listen(0, '127.0.0.1', resolve);
      closing.push(() => server.close());
      await promise;
      const address = server.address();
      return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
    }
  });

  describe('tells the health', () => {
    let sidecar: RunningSidecar;
    let health: Client;
    before(async () => {
      sidecar = await RunningSidecar.serving({ 'answers-public': {}, 'wants-4-GiB': {} });
      health = new Client(sidecar.address, credentials.createInsecure());
    });
    after(async () => {
      health.close();
      await sidecar[Symbol.asyncDispose]();
    });

    it('of the sidecar', async () => assert.equal(await check(health, ''), 'SERVING'));
    it('of a guard that can be asked', async () =>
      assert.equal(await check(health, 'answers-public'), 'SERVING'));
    it('of a guard that could not be loaded', async () =>
      assert.equal(await check(health, 'wants-4-GiB'), 'NOT_SERVING'));
    it('of no other name', async () =>
      assert.rejects(check(health, 'nobody'), (error: { code?: number }) => error.code === status.NOT_FOUND));
  });

  describe('that is told to stop', () => {
    it('by SIGTERM answers the questions under way, refuses others, and exits with 0', async () => {
      await using sidecar = await RunningSidecar.serving({ 'calls-backend': {} });
      const [busy, idle] = [await sidecar.open('calls-backend'), await sidecar.open('calls-backend')];
      const answered = Promise.withResolvers<typeof labels>();
      busy.answerBackend = () => answered.promise;
      const answer = busy.labelResource('get');
      await busy.backendCall();
      const health = new Client(sidecar.address, credentials.createInsecure());
      assert.equal(await check(health, ''), 'SERVING');
      const stopped = sidecar.stop('SIGTERM');
      await assert.rejects(idle.ended, { code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
      for (const name of ['', 'calls-backend']) assert.equal(await check(health, name), 'NOT_SERVING');
      health.close();
      await assert.rejects(busy.labelResource('get'), { code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
      await assert.rejects(sidecar.stream().open('calls-backend'), { code: status.UNAVAILABLE });
      answered.resolve(labels);
      assert.equal(description(await answer), 'from the backend');
      await assert.rejects(busy.ended, { reason: 'SHUTTING_DOWN' });
      assert.deepEqual(await stopped, { code: 0, signal: null });
    });

    it('by the end of its standard input exits with 0', async () => {
      await using sidecar = await RunningSidecar.serving({ 'answers-public': {} });
      const stream = await sidecar.open('answers-public');
      assert.deepEqual(await sidecar.stop(), { code: 0, signal: null });
      await assert.rejects(stream.ended, { reason: 'SHUTTING_DOWN' });
    });

    it('by the end of its standard input goes on where it was not asked to mind', async () => {
      const options = { stopsWithStdin: false };
      await using sidecar = await RunningSidecar.serving({ 'answers-public': {} }, options);
      sidecar.child.stdin?.end();
      const stream = await sidecar.open('answers-public');
      await stream.labelResource('get');
      await stream.close();
    });
  });
});

/** A client of `grpc.health.v1` that knows of the two messages no more than the test needs. */
function check(client: Client, service: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const name = Buffer.from(service);
  const request = name.length === 0 ? name : Buffer.concat([Buffer.of(0x0a, name.length), name]);
  const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
  client.makeUnaryRequest(
    '/grpc.health.v1.Health/Check',
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => statuses[bytes[1] ?? 0] ?? '',
    request,
    (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
  );
  return promise;
}
