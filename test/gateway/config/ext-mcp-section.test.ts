import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { parseConfig } from '../../../gateway/config.ts';
import { CertificateAuthority } from '../../harness/certificates.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';
import { problemsOf, readGateway } from './reading.ts';

let folder: string;
before(async () => {
  folder = await temporaryFolder();
  const authority = await CertificateAuthority.create(folder);
  await authority.issue('gateway', { subject: '/CN=gateway', usage: 'serverAuth' });
});
after(() => rm(folder, { recursive: true, force: true }));

const tls = { certificate: 'gateway.pem', privateKey: 'gateway.key', clientAuthority: 'authority.pem' };

function problem(extMcp: object): string {
  return problemsOf({ extMcp }, { folder }).join('\n');
}

suite('guardrails for agentgateway', () => {
  test('are not served unless they are asked for', () => {
    assert.equal(readGateway({}).extMcp, undefined);
  });

  test('are served on a Unix socket or on loopback in plain text', () => {
    assert.deepEqual(readGateway({ extMcp: { listen: 'unix:/run/sluice/ext-mcp.sock' } }).extMcp, {
      listen: { kind: 'unix', path: '/run/sluice/ext-mcp.sock' },
      tls: undefined,
      principalKey: 'principal',
      runKey: 'run',
      targets: undefined,
    });
    const { listen } = readGateway({ extMcp: { listen: '127.0.0.1:4445' } }).extMcp ?? {};
    assert.deepEqual(listen, { kind: 'tcp', host: '127.0.0.1', port: 4445 });
  });

  test('are served to other machines with mutual TLS only', () => {
    const far = '0.0.0.0:4445';
    assert.match(
      problem({ listen: far }),
      /^gateway.extMcp.listen: other machines can reach 0.0.0.0:4445: write tls/,
    );
    const { clientAuthority: _, ...oneSided } = tls;
    assert.match(problem({ listen: far, tls: oneSided }), /^gateway.extMcp.tls: needs clientAuthority/);
    assert.equal(problem({ listen: far, tls }), '');
    assert.match(problem({ listen: 'unix:/run/x.sock', tls }), /TLS is for host:port/);
  });

  test('are served where the command line says, under the same rules', () => {
    const from = (extMcpListen: string, extMcp?: object) =>
      parseConfig(JSON.stringify({ gateway: { ...(extMcp && { extMcp }) }, mcpServers: {} }), {
        folder,
        env: {},
        extMcpListen,
      }).extMcp;
    assert.deepEqual(from('127.0.0.1:1')?.listen, { kind: 'tcp', host: '127.0.0.1', port: 1 });
    assert.equal(from('127.0.0.1:1', { listen: '127.0.0.1:2', run: 'job' })?.runKey, 'job');
    assert.throws(() => from('0.0.0.0:1'), /--ext-mcp-listen: other machines can reach/);
    assert.throws(() => from('nowhere'), /--ext-mcp-listen: must be unix:/);
  });

  test('need an address, and targets that are configured servers', () => {
    assert.match(problem({}), /^gateway.extMcp.listen: must be unix:/);
    assert.match(problem({ listen: `unix:/${'x'.repeat(100)}` }), /at most 100 bytes long/);
    assert.match(
      problem({ listen: '127.0.0.1:1', targets: { github: 'files' } }),
      /"github" is the server "files", which is not configured/,
    );
    assert.match(problem({ listen: '127.0.0.1:1', target: {} }), /did you mean targets/);
  });
});
