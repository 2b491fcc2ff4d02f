/** Gateway and sidecar over TCP: both show who they are, or calls fail. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { CertificateAuthority, type Identity } from '../harness/certificates.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const guards = { scripted: scriptedGuard };

let backends: ScriptedBackends;
let folder: string;
let authority: CertificateAuthority;
let foreign: CertificateAuthority;
let own: Identity;
let client: Identity;
before(async () => {
  backends = await ScriptedBackends.start();
  folder = await temporaryFolder();
  authority = await CertificateAuthority.create(folder);
  foreign = await CertificateAuthority.create(folder, 'foreign');
  own = await authority.issue('sidecar', { subject: '/CN=sidecar', usage: 'serverAuth' });
  client = await authority.issue('gateway', { subject: '/CN=gateway', usage: 'clientAuth' });
});
after(async () => {
  await backends[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function startSidecar({ certificateFile, keyFile } = own): Promise<RunningSidecar> {
  const files = ['--tls-cert', certificateFile, '--tls-key', keyFile];
  const args = [...files, '--tls-client-ca', authority.identity.certificateFile];
  return RunningSidecar.start(guards, { listen: '127.0.0.1:0', args });
}

/** `at`: how the sidecar is called. */
function startGateway(
  sidecar: RunningSidecar,
  { certificateFile: cert, keyFile: key } = client,
  { at = '127.0.0.1', serverName }: { at?: string; serverName?: string } = {},
): Promise<RunningGateway> {
  const addresses = [sidecar.address.replace(/^127\.0\.0\.1/, at)];
  const tls = { ca: authority.identity.certificateFile, cert, key, ...(serverName && { serverName }) };
  const settings = { sidecar: { addresses, tls }, toolTimeout: 1 };
  const url = backends.add('/tls', [{ name: 'hello', script: { result: { content: [] } } }]);
  const greeter = { type: 'http', url, guard: 'scripted', 'guard-policies': script({}) };
  return RunningGateway.start({ gateway: settings, guards, mcpServers: { greeter: greeter } });
}

suite('mutual TLS between gateway and sidecar', () => {
  for (const at of ['127.0.0.1', 'localhost', 'dns:///localhost']) {
    test(`serves calls, the sidecar being called ${at}`, async () => {
      await using sidecar = await startSidecar();
      await using gateway = await startGateway(sidecar, client, { at });
      assert.equal(outcomeOf(await gateway.call('greeter', 'hello')), 'result');
    });
  }

  const refused: [whose: string, issue: () => Promise<Identity>, words: string][] = [
    [
      'another authority',
      () => foreign.issue('stranger', { subject: '/CN=gateway', usage: 'clientAuth' }),
      'its certificate is not of the authority in --tls-client-ca',
    ],
    [
      'last year',
      () => authority.issue('old', { subject: '/CN=gateway', usage: 'clientAuth', hasExpired: true }),
      'its certificate has expired: issue a new one',
    ],
  ];
  for (const [whose, issue, words] of refused) {
    test(`fails the calls of a gateway with a certificate of ${whose}, and the log says why`, async () => {
      await using sidecar = await startSidecar();
      await using gateway = await startGateway(sidecar, await issue());
      assert.equal(outcomeOf(await gateway.call('greeter', 'hello')), 'failed GUARD_UNAVAILABLE');
      await sidecar.logged(`a connection was refused: ${words}`);
      await gateway.logged('a sidecar cannot be had');
      assert.equal((await fetch(`${gateway.url}/ready`)).status, 503);
    });
  }

  const impostors: [what: string, issue: () => Promise<Identity>, words: string][] = [
    [
      'of another authority',
      () => foreign.issue('impostor', { subject: '/CN=sidecar', usage: 'serverAuth' }),
      'its certificate is not of the authority in gateway.sidecar.tls.ca',
    ],
    [
      'that has expired',
      () => authority.issue('old-sidecar', { subject: '/CN=sidecar', usage: 'serverAuth', hasExpired: true }),
      'its certificate has expired',
    ],
    [
      'for clients',
      () => authority.issue('purpose', { subject: '/CN=sidecar', usage: 'clientAuth' }),
      'its certificate is not for servers',
    ],
  ];
  for (const [what, issue, words] of impostors) {
    test(`fails calls where the sidecar shows a certificate ${what}, and the log says why`, async () => {
      await using sidecar = await startSidecar(await issue());
      await using gateway = await startGateway(sidecar);
      assert.equal(outcomeOf(await gateway.call('greeter', 'hello')), 'failed GUARD_UNAVAILABLE');
      await gateway.logged(`a sidecar cannot be had: ${words}`);
    });
  }

  test('fails calls where the sidecar shows a certificate for another name, and the log says why', async () => {
    await using sidecar = await startSidecar();
    await using gateway = await startGateway(sidecar, client, { serverName: 'guards.example' });
    assert.equal(outcomeOf(await gateway.call('greeter', 'hello')), 'failed GUARD_UNAVAILABLE');
    await gateway.logged('a sidecar cannot be had: its certificate is for another name');
  });
});
