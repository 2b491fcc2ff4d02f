import assert from 'node:assert/strict';
import { access, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { listenAddress, removeStaleSocket } from '../../../sidecar/service/listen-address.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

describe('an address to listen on', () => {
  for (const address of [
    'unix:/run/guard.sock',
    '127.0.0.1:0',
    '0.0.0.0:50051',
    '[::1]:50051',
    'localhost:1',
  ]) {
    it(`may be ${address}`, () => assert.equal(listenAddress(address), address));
  }

  it('may be a socket in the current folder, and is absolute then', () => {
    assert.equal(listenAddress('unix:guard.sock'), `unix:${join(process.cwd(), 'guard.sock')}`);
  });

  for (const address of [
    '',
    'unix',
    '50051',
    ':50051',
    'host',
    'host:',
    'host:port',
    'host:123456',
    '/run/guard.sock',
  ]) {
    it(`may not be ${JSON.stringify(address)}`, () => {
      assert.throws(() => listenAddress(address), /write unix:\/path\/to\/socket or host:port/);
    });
  }

  it('may be a socket with a path of 100 bytes, and no longer', () => {
    const path = `/${'x'.repeat(99)}`;
    assert.equal(listenAddress(`unix:${path}`), `unix:${path}`);
    assert.throws(() => listenAddress(`unix:${path}x`), /longer than 100 bytes/);
    assert.throws(() => listenAddress(`unix:/${'é'.repeat(50)}`), /longer than 100 bytes/);
  });
});

describe('a stale socket', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
  });

  it('is removed', async () => {
    const path = await staleSocket();
    await removeStaleSocket(`unix:${path}`);
    await assert.rejects(access(path));
  });

  it('is none where nothing is', async () => {
    await removeStaleSocket(`unix:${join(await temporaryFolder(), 'guard.sock')}`);
  });

  it('is none on a port', async () => {
    await removeStaleSocket('127.0.0.1:1');
  });

  it('is none while somebody answers on it', async () => {
    const path = join(await temporaryFolder(), 'guard.sock');
    await listeningServer(path);
    await assert.rejects(removeStaleSocket(`unix:${path}`), /another process listens/);
    await access(path);
  });

  it('is no file of another kind', async () => {
    const path = join(await temporaryFolder(), 'guard.sock');
    await writeFile(path, 'precious');
    await assert.rejects(removeStaleSocket(`unix:${path}`), /is no socket/);
    await access(path);
  });

  it('may be led to by a link, which alone is removed', async () => {
    const path = await staleSocket();
    const link = join(await temporaryFolder(), 'link.sock');
    await symlink(path, link);
    await removeStaleSocket(`unix:${link}`);
    await assert.rejects(access(link));
    await access(path);
  });

  async function listeningServer(path: string): Promise<Server> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = createServer().listen(path, resolve);
    servers.push(server);
    await promise;
    return server;
  }

  /** Node removes a socket's file when it closes; one that was killed does not. */
  async function staleSocket(): Promise<string> {
    const { execFileSync } = await import('node:child_process');
    const path = join(await temporaryFolder(), 'guard.sock');
    const program = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    try {
      execFileSync(process.execPath, ['--eval', program, path]);
    } catch {
      // It was killed, as it should.
    }
    await access(path);
    return path;
  }
});
