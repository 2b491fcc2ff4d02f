/** Mutual TLS of a sidecar that listens on TCP: who may connect, who is refused with which words, and how keys change. */
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { credentials, Server, status } from '@grpc/grpc-js';
import { HealthClient } from '../../../proto/gen/grpc/health/v1/health.ts';
import { Log } from '../../../sidecar/log.ts';
import { TlsFront } from '../../../sidecar/service/tls-front.ts';
import { CertificateAuthority, type Identity } from '../../harness/certificates.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

let folder: string;
let authority: CertificateAuthority;
let foreign: CertificateAuthority;
let own: Identity;
let gateway: Identity;
before(async () => {
  folder = await temporaryFolder();
  [authority, foreign] = await Promise.all([
    CertificateAuthority.create(folder),
    CertificateAuthority.create(folder, 'foreign'),
  ]);
  [own, gateway] = await Promise.all([
    authority.issue('sidecar', { subject: '/CN=sidecar', usage: 'serverAuth' }),
    authority.issue('gateway', { subject: '/CN=gateway', usage: 'clientAuth' }),
  ]);
});
after(() => rm(folder, { recursive: true, force: true }));

function startSidecar({ certificateFile, keyFile }: Identity, ...more: string[]): Promise<RunningSidecar> {
  const files = ['--tls-cert', certificateFile, '--tls-key', keyFile];
  const args = [...files, '--tls-client-ca', authority.identity.certificateFile, ...more];
  return RunningSidecar.serving({}, { listen: '127.0.0.1:0', args });
}

/** The status of its health over gRPC; the words of what went wrong. */
function health(address: string, client: Pick<Identity, 'cert' | 'key'> | undefined): Promise<string> {
  const [key, cert] =
    client === undefined ? [null, null] : [Buffer.from(client.key), Buffer.from(client.cert)];
  const secured = credentials.createSsl(Buffer.from(authority.identity.cert), key, cert);
  // TLS has no place for an address where it names the server, so that grpc-js cannot connect to one without a name.
  const stub = new HealthClient(address, secured, { 'grpc.ssl_target_name_override': 'localhost' });
  const { promise, resolve } = Promise.withResolvers<string>();
  stub.check({ service: '' }, (error, response) => resolve(error?.message ?? String(response.status)));
  return promise.finally(() => stub.close());
}

/** Shakes hands and waits for the connection to be closed, or for the first bytes of HTTP/2. */
function shakeHands(sidecar: RunningSidecar, options: ConnectionOptions): Promise<'closed' | 'spoken to'> {
  const port = Number(sidecar.address.split(':').at(-1));
  const { promise, resolve } = Promise.withResolvers<'closed' | 'spoken to'>();
  const ca = authority.identity.cert;
  const socket = connect({ port, host: '127.0.0.1', ca, ALPNProtocols: ['h2'], ...options });
  socket.once('data', () => resolve('spoken to')).once('error', () => resolve('closed'));
  socket.once('close', () => resolve('closed'));
  return promise.finally(() => socket.destroy());
}

suite('a sidecar with mutual TLS', () => {
  const refused: [who: string, client: () => Promise<ConnectionOptions>, words: string][] = [
    ['shows no certificate', async () => ({}), 'it showed no certificate: give the gateway one'],
    [
      "shows another authority's certificate",
      () => foreign.issue('stranger', { subject: '/CN=gateway', usage: 'clientAuth' }),
      'its certificate is not of the authority in --tls-client-ca',
    ],
    [
      'shows one that has expired',
      () => authority.issue('old', { subject: '/CN=gateway', usage: 'clientAuth', hasExpired: true }),
      'its certificate has expired: issue a new one',
    ],
    [
      'shows one that is not for clients',
      async () => own,
      'its certificate is not for clients (extended key usage clientAuth)',
    ],
    ['speaks an older TLS', async () => ({ ...gateway, maxVersion: 'TLSv1.2' }), 'it does not speak TLS 1.3'],
  ];
  for (const [who, client, words] of refused) {
    test(`refuses who ${who}, and the log says so`, async () => {
      await using sidecar = await startSidecar(own);
      assert.equal(await shakeHands(sidecar, await client()), 'closed');
      await sidecar.logged(`a connection was refused: ${words}`);
      assert.equal(await health(sidecar.address, gateway), '1');
    });
  }

  test('refuses plain text, and the log says so', async () => {
    await using sidecar = await startSidecar(own);
    const stub = new HealthClient(sidecar.address, credentials.createInsecure());
    const { promise, resolve } = Promise.withResolvers<unknown>();
    stub.check({ service: '' }, (error) => resolve(error?.code));
    assert.equal(await promise, 14);
    stub.close();
    await sidecar.logged('it does not speak TLS');
  });

  test('says one line for many who knock, and counts the others', async () => {
    await using sidecar = await startSidecar(own);
    await Promise.all(Array.from({ length: 20 }, () => shakeHands(sidecar, {})));
    await sidecar.logged('a connection was refused');
    assert.equal(await health(sidecar.address, gateway), '1');
    assert.ok(sidecar.log.split('a connection was refused').length - 1 < 5, sidecar.log);
  });

  test('goes on after an error of its listener, and the log says so', async () => {
    const lines = new PassThrough({ encoding: 'utf8' });
    const identity = { cert: own.cert, key: own.key, ca: authority.identity.cert };
    const grpc = new Server();
    const front = new TlsFront(grpc, identity, new Log(lines));
    const listening = channel('tracing:net.server.listen:asyncStart');
    let server: EventEmitter | undefined;
    const take = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('server' in message)) return;
      if (message.server instanceof EventEmitter) server = message.server;
    };
    listening.subscribe(take);
    const port = await front.listen({ host: '127.0.0.1', port: 0 });
    listening.unsubscribe(take);
    assert.ok(server !== undefined && port > 0);
    server.emit('error', new Error('accept EMFILE'));
    assert.match(String(lines.read()), /a connection could not be taken: accept EMFILE/);
    front.stop();
    grpc.forceShutdown();
  });

  test('is not trusted where its certificate is of another authority', async () => {
    const impostor = await foreign.issue('impostor', { subject: '/CN=sidecar', usage: 'serverAuth' });
    await using sidecar = await startSidecar(impostor);
    assert.match(await health(sidecar.address, gateway), /UNAVAILABLE/);
  });

  test('serves health in plain text where it is told to, and takes no long questions there', async () => {
    await using sidecar = await startSidecar(own, '--health-listen', '127.0.0.1:0');
    await sidecar.logged('sidecar health listens');
    const address = /"healthAddress":"([^"]+)"/.exec(sidecar.log)?.[1] ?? '';
    const stub = new HealthClient(address, credentials.createInsecure());
    const check = (service: string) => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      stub.check({ service }, (error, response) => resolve(error === null ? response.status : error.code));
      return promise;
    };
    assert.equal(await check(''), 1);
    assert.equal(await check('g'.repeat(4_000)), status.NOT_FOUND);
    assert.equal(await check('g'.repeat(5_000)), status.RESOURCE_EXHAUSTED);
    stub.close();
  });
});

suite('the keys of a sidecar', () => {
  test('are read again at SIGHUP, and those that do not fit change nothing', async () => {
    const [cert, key] = [join(folder, 'now.pem'), join(folder, 'now.key')];
    const use = async (identity: Identity) => {
      await copyFile(identity.certificateFile, cert);
      await copyFile(identity.keyFile, key);
    };
    await use(await foreign.issue('before', { subject: '/CN=sidecar', usage: 'serverAuth' }));
    await using sidecar = await startSidecar({ ...own, certificateFile: cert, keyFile: key });
    assert.match(await health(sidecar.address, gateway), /UNAVAILABLE/);
    await use(own);
    sidecar.child.kill('SIGHUP');
    await sidecar.logged('new connections use the TLS files as they are now');
    assert.equal(await health(sidecar.address, gateway), '1');
    await writeFile(key, foreign.identity.key);
    sidecar.child.kill('SIGHUP');
    await sidecar.logged('the TLS files were not taken, those read before go on: --tls-key');
    assert.equal(await health(sidecar.address, gateway), '1');
    assert.ok(!sidecar.log.includes('PRIVATE KEY'));
  });

  for (const [what, file, words] of [
    ['that is missing', 'nowhere.pem', 'cannot read --tls-cert'],
    ['that holds something else', 'sidecar.key', 'must be a file of certificates only'],
  ] as const) {
    test(`keep it from starting with a file ${what}`, async () => {
      const starting = startSidecar({ ...own, certificateFile: join(folder, file) });
      await assert.rejects(starting, (error: Error) => error.message.includes(words));
    });
  }
});
