import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CertificateAuthority } from '../../harness/certificates.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';
import { problemsOf, readGateway } from './reading.ts';

const unix = (path: string) => ({ kind: 'unix', path });

let folder: string;
before(async () => {
  folder = await temporaryFolder();
  const authority = await CertificateAuthority.create(folder);
  await authority.issue('gateway', { subject: '/CN=gateway', usage: 'clientAuth' });
});
after(() => rm(folder, { recursive: true, force: true }));

const tls = { ca: 'authority.pem', cert: 'gateway.pem', key: 'gateway.key' };

function problems(sidecar: unknown): string {
  return problemsOf({ sidecar }, { folder }).join('\n');
}

suite('the sidecars of a gateway', () => {
  test('are one address, or a list', () => {
    const addressesOf = (sidecar: unknown) => readGateway({ sidecar }).sidecar?.addresses;
    assert.deepEqual(addressesOf('unix:/run/a.sock'), [unix('/run/a.sock')]);
    assert.deepEqual(addressesOf(['unix:/run/a.sock', '[::1]:1', 'localhost:2']), [
      unix('/run/a.sock'),
      { kind: 'tcp', host: '::1', port: 1 },
      { kind: 'tcp', host: 'localhost', port: 2 },
    ]);
    assert.deepEqual(addressesOf({ addresses: 'unix:/run/a.sock' }), [unix('/run/a.sock')]);
  });

  test('are on other machines with mutual TLS, by address or by all that a name leads to', () => {
    const addresses = ['10.0.0.1:50051', 'guards.example:50051', 'dns:///guards:50051'];
    const { sidecar } = readGateway(
      { sidecar: { addresses, tls: { ...tls, serverName: 'guards' } } },
      { folder },
    );
    assert.deepEqual(sidecar, {
      addresses: [
        { kind: 'tcp', host: '10.0.0.1', port: 50051 },
        { kind: 'tcp', host: 'guards.example', port: 50051 },
        { kind: 'dns', host: 'guards', port: 50051 },
      ],
      tls: {
        authorityFile: join(folder, 'authority.pem'),
        certificateFile: join(folder, 'gateway.pem'),
        keyFile: join(folder, 'gateway.key'),
        serverName: 'guards',
      },
    });
  });

  for (const [sidecar, host] of [
    ['guards.example:50051', 'guards.example'],
    [['127.0.0.1:1', '10.0.0.1:2'], '10.0.0.1'],
    ['dns:///guards:50051', 'guards'],
  ] as const) {
    test(`are not on other machines in plain text: ${JSON.stringify(sidecar)}`, () => {
      assert.match(
        problems(sidecar),
        /^gateway\.sidecar: \S+ is another machine, and labels must not be changed/,
      );
      assert.ok(problems(sidecar).includes(host));
      assert.match(problems({ addresses: sidecar }), /^gateway\.sidecar\.addresses: \S+ is another machine/);
    });
  }

  const refused: [sidecar: unknown, words: RegExp][] = [
    [[], /^gateway\.sidecar: must have 1 to 64 addresses$/],
    [Array.from({ length: 65 }, (_, index) => `127.0.0.1:${index + 1}`), /must have 1 to 64 addresses/],
    [['127.0.0.1:1', '127.0.0.1:1'], /must name each only once/],
    [['127.0.0.1:0'], /must be unix:\/absolute\/path/],
    ['dns:///127.0.0.1:1', /must be unix:\/absolute\/path/],
    ['dns:guards:1', /must be unix:\/absolute\/path/],
    [{}, /^gateway\.sidecar\.addresses: is missing/],
    [{ adresses: [] }, /did you mean addresses\?/],
    [{ addresses: ['unix:/run/a.sock'], tls }, /TLS is for host:port: leave the Unix sockets out, or tls/],
    [{ addresses: ['127.0.0.1:1'], tls: { ...tls, cert: undefined } }, /tls\.cert: is missing/],
    [{ addresses: ['127.0.0.1:1'], tls: { ...tls, ca: 'nowhere' } }, /tls\.ca: cannot use the file nowhere/],
    [
      { addresses: ['127.0.0.1:1'], tls: { ...tls, key: 'authority.key' } },
      /tls\.key: is not the key of gateway\.sidecar\.tls\.cert/,
    ],
    [
      { addresses: ['127.0.0.1:1'], tls: { ...tls, serverName: 'a b' } },
      /tls\.serverName: must be the DNS name/,
    ],
  ];
  for (const [sidecar, words] of refused) {
    test(`are refused as ${JSON.stringify(sidecar).slice(0, 90)}`, () =>
      assert.match(problems(sidecar), words));
  }
});
