/** TLS and mutual TLS: who gets through the handshake, and who that is then. The certificates are made with openssl. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { connect } from 'node:tls';
import { CertificateAuthority, type Identity } from '../harness/certificates.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { initialize, messagesOf, type RawResponse, rawRequest, rpc } from './raw-request.ts';
import { type TlsIdentity, tlsRequest } from './tls-request.ts';

const key = 'a-key-of-the-tests';

let backends: ScriptedBackends;
let folder: string;
let authority: CertificateAuthority;
let alice: Identity;
/** Trusts the gateway's certificate, and shows none. */
let stranger: TlsIdentity;
let mutual: RunningGateway;

before(async () => {
  backends = await ScriptedBackends.start();
  folder = await temporaryFolder();
  authority = await CertificateAuthority.create(folder);
  await authority.issue('server', { subject: '/CN=localhost', usage: 'serverAuth' });
  alice = await client('/CN=alice');
  stranger = { ca: authority.identity.cert };
  mutual = await start({ operators: ['certificate:olga'] }, { clientAuthority: `${folder}/authority.pem` });
});
after(async () => {
  await mutual[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

function start(settings: object, tls: object): Promise<RunningGateway> {
  const hello = { name: 'hello', script: { result: { content: [{ type: 'text', text: 'hello' }] } } };
  const secret = { resource: { secrecy: ['house'], integrity: [] }, mode: 'propagate' };
  const scripted = { guard: 'scripted', 'guard-policies': script(secret) };
  return RunningGateway.start({
    gateway: {
      ...settings,
      tls: { certificate: `${folder}/server.pem`, privateKey: `${folder}/server.key`, ...tls },
    },
    guards: { scripted: scriptedGuard },
    mcpServers: { greeter: { type: 'http', url: backends.add('/greeter', [hello]), ...scripted } },
  });
}

let clients = 0;
function client(subject: string, by = authority): Promise<Identity> {
  clients++;
  return by.issue(`client-${clients}`, { subject, usage: 'clientAuth' });
}

const as = ({ cert, key }: Identity): TlsIdentity => ({ ...stranger, cert, key });

/** The agent sessions that somebody sees. */
async function agentsOf(gateway: RunningGateway, identity: TlsIdentity): Promise<object> {
  const { status, body } = await tlsRequest(gateway.port, identity);
  assert.equal(status, 200, body);
  return JSON.parse(body).agents;
}

/** Calls the tool of the server, as an MCP client does. */
async function call(gateway: RunningGateway, identity: TlsIdentity, headers = {}): Promise<RawResponse> {
  const post = { method: 'POST', path: '/mcp/greeter' };
  const begun = await tlsRequest(gateway.port, identity, { ...post, headers, body: initialize });
  const session = String(begun.headers['mcp-session-id']);
  const body = rpc('tools/call', { name: 'hello', arguments: {} }, 3);
  return tlsRequest(gateway.port, identity, {
    ...post,
    headers: { ...headers, 'mcp-session-id': session },
    body,
  });
}

function refusalOf({ status, body }: RawResponse): string {
  return `${status} ${JSON.parse(body).error}`;
}

suite('a gateway with a certificate', () => {
  test('speaks TLS 1.2 and 1.3, and nothing else', async () => {
    await using gateway = await start({}, {});
    assert.match(gateway.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const identity = { ...stranger, minVersion: version, maxVersion: version };
      assert.equal((await tlsRequest(gateway.port, identity)).status, 200, version);
    }
    // A client that would take anything.
    const old: TlsIdentity = {
      ...stranger,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    };
    await assert.rejects(tlsRequest(gateway.port, old), /alert protocol version/);
    await assert.rejects(rawRequest(gateway.port, { path: '/health', method: 'GET' }));
    assert.doesNotMatch(gateway.log, /internal error/);
  });

  test('asks for keys as others do, and takes whoever has one for its principal', async () => {
    await using gateway = await start({ apiKey: key }, {});
    assert.equal(refusalOf(await tlsRequest(gateway.port, stranger)), '401 unauthorized');
    const authorization = `Bearer ${key}`;
    const [message] = messagesOf(await call(gateway, stranger, { authorization }));
    assert.deepEqual(message?.result?.content, [{ type: 'text', text: 'hello' }]);
    const { body } = await tlsRequest(gateway.port, stranger, { headers: { authorization } });
    assert.deepEqual(Object.keys(JSON.parse(body).agents), ['key/']);
  });
});

suite('a gateway that asks for certificates', () => {
  test('takes a client for the common name of its certificate, in every run', async () => {
    const [message] = messagesOf(await call(mutual, as(alice), { 'sluice-run': 'one' }));
    assert.deepEqual(message?.result?.content, [{ type: 'text', text: 'hello' }]);
    const tainted = { secrecy: ['house'], integrity: [] };
    assert.deepEqual(await agentsOf(mutual, as(alice)), { 'certificate:alice/one': tainted });
    assert.deepEqual(await agentsOf(mutual, as(await client('/CN=bob'))), {});
    assert.deepEqual(await agentsOf(mutual, as(await client('/CN=Alice'))), {});
    const another = await client('/O=elsewhere/CN=alice');
    assert.deepEqual(await agentsOf(mutual, as(another)), { 'certificate:alice/one': tainted });
  });

  test('refuses whoever shows none in the handshake, whatever it asks for', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const identity = { ...stranger, minVersion: version, maxVersion: version };
      for (const path of ['/mcp/greeter', '/reflect', '/health'])
        await assert.rejects(tlsRequest(mutual.port, identity, { path }));
    }
  });

  test('refuses certificates of others, also where these have the same name', async () => {
    const impostor = await CertificateAuthority.create(await temporaryFolder());
    const itself = await client('/CN=alice', impostor);
    await assert.rejects(tlsRequest(mutual.port, as(itself)));
    await assert.rejects(tlsRequest(mutual.port, as(impostor.identity)));
  });

  test('refuses a certificate that is for servers', async () => {
    const server = await authority.issue('a-server', { subject: '/CN=alice', usage: 'serverAuth' });
    await assert.rejects(tlsRequest(mutual.port, as(server)));
  });

  for (const [about, subject] of [
    ['names nobody', '/O=somebody'],
    ['has an empty name', '/CN=/O=x'],
    ['has two names', '/CN=alice/CN=bob'],
    ['has a name of spaces', '/CN=  '],
    ['has a name that ends with a space', '/CN=alice '],
    ['has a name of two lines', '/CN=alice\nbob'],
  ] as const) {
    test(`refuses a certificate that ${about} with 403`, async () => {
      const identity = await client(subject);
      assert.equal(refusalOf(await tlsRequest(mutual.port, as(identity))), '403 bad_certificate');
    });
  }

  test('takes a client that resumes its TLS session for the same, and nobody without a certificate', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const identity = { ...as(alice), minVersion: version, maxVersion: version };
      const [first, session] = await resumable(mutual.port, identity);
      assert.match(first, /certificate:alice\/one/);
      const resumed = connect({ ...identity, ...addressOf(mutual.port), session });
      await once(resumed, 'secureConnect');
      assert.equal(resumed.isSessionReused(), true, version);
      resumed.end(getReflect);
      assert.match(await text(resumed), /certificate:alice\/one/, version);
    }
  });

  test('has operators among them, who end what others began', async () => {
    const olga = as(await client('/CN=olga'));
    const path = '/agents/certificate:alice/one';
    const end = (identity: TlsIdentity) => tlsRequest(mutual.port, identity, { method: 'DELETE', path });
    assert.ok('certificate:alice/one' in (await agentsOf(mutual, olga)));
    assert.equal(refusalOf(await end(as(alice))), '403 forbidden');
    assert.equal((await end(olga)).status, 200);
    assert.deepEqual(await agentsOf(mutual, as(alice)), {});
  });

  test('and for keys takes whoever has both for the key’s principal', async () => {
    await using both = await start({ apiKey: key }, { clientAuthority: `${folder}/authority.pem` });
    const authorization = `Bearer ${key}`;
    assert.equal(refusalOf(await tlsRequest(both.port, as(alice))), '401 unauthorized');
    await assert.rejects(tlsRequest(both.port, stranger, { headers: { authorization } }));
    await call(both, as(alice), { authorization });
    const { body } = await tlsRequest(both.port, as(alice), { headers: { authorization } });
    assert.deepEqual(Object.keys(JSON.parse(body).agents), ['key/']);
  });
});

const getReflect = 'GET /reflect HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

const addressOf = (port: number) => ({ host: '127.0.0.1', port, servername: 'localhost' });

/** What /reflect says, and the TLS session that the gateway lets the client resume. */
async function resumable(port: number, identity: TlsIdentity): Promise<[said: string, session: Buffer]> {
  const socket = connect({ ...identity, ...addressOf(port) });
  const session = new Promise<Buffer>((resolve) => {
    socket.once('session', resolve);
  });
  socket.write(getReflect);
  return Promise.all([text(socket), session]);
}
