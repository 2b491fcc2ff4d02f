import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { CertificateAuthority, type Identity } from '../../harness/certificates.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';
import { problemsOf, readGateway } from './reading.ts';

let folder: string;
let authority: CertificateAuthority;
let server: Identity;
before(async () => {
  folder = await temporaryFolder();
  authority = await CertificateAuthority.create(folder);
  server = await authority.issue('server', { subject: '/CN=localhost', usage: 'serverAuth' });
});

/** What is wrong with a `tls` whose files are right where nothing else is said. */
function tlsProblems(tls: object): readonly string[] {
  return problemsOf({ tls: { certificate: 'server.pem', privateKey: 'server.key', ...tls } }, { folder });
}

async function writeSecret(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text, { mode: 0o600 });
  return name;
}

suite('the TLS of the gateway', () => {
  test('is read as the texts of its files, relative to the configuration', () => {
    const tls = { certificate: 'server.pem', privateKey: 'server.key' };
    const withoutClients = { certificate: server.cert, privateKey: server.key, clientAuthority: undefined };
    assert.deepEqual(readGateway({ tls }, { folder }).tls, withoutClients);
    const clientAuthority = 'authority.pem';
    const withClients = { ...withoutClients, clientAuthority: authority.identity.cert };
    assert.deepEqual(readGateway({ tls: { ...tls, clientAuthority } }, { folder }).tls, withClients);
  });

  test('takes a chain of certificates, and a bundle of authorities', async () => {
    const chain = `${server.cert}\n${authority.identity.cert}`;
    await writeSecret('chain.pem', chain);
    assert.deepEqual(tlsProblems({ certificate: 'chain.pem', clientAuthority: 'chain.pem' }), []);
  });

  test('lets other machines reach the gateway where clients show certificates, and only there', () => {
    const listen = '0.0.0.0:0';
    const tls = { certificate: 'server.pem', privateKey: 'server.key' };
    const mutual = { listen, tls: { ...tls, clientAuthority: 'authority.pem' } };
    assert.deepEqual(problemsOf(mutual, { folder }), []);
    assert.match(problemsOf({ listen, tls }, { folder }).join(), /^gateway\.listen: other machines/);
  });

  test('has operators by the common names of certificates', () => {
    const tls = { certificate: 'server.pem', privateKey: 'server.key', clientAuthority: 'authority.pem' };
    const operators = (names: string[]) => problemsOf({ tls, operators: names }, { folder });
    assert.deepEqual(operators(['certificate:alice']), []);
    for (const name of ['alice', 'certificate:', 'anonymous']) {
      const sentence = "write certificate: and the common name of a client's certificate";
      assert.deepEqual(operators([name]), [`gateway.operators: nobody can be "${name}": ${sentence}`]);
    }
    assert.deepEqual(readGateway({ tls }, { folder }).operators, []);
  });

  test('needs both its certificate and its key', () => {
    assert.deepEqual(problemsOf({ tls: {} }), [
      'gateway.tls.certificate: is missing: write the file with its certificate, PEM',
      "gateway.tls.privateKey: is missing: write the file with the certificate's private key, PEM",
    ]);
  });

  test('is refused where a file is not there, or is something else', async () => {
    const certificates = 'must be a file of certificates only, PEM ("-----BEGIN CERTIFICATE-----")';
    const noKey = 'must be a file with one private key, PEM, without a passphrase';
    await writeSecret('text', 'hello');
    await writeSecret('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    await writeSecret('half.pem', `${server.cert}-----BEGIN CERTIFICATE-----\n`);
    await writeSecret('both.pem', `${server.cert}${server.key}`);
    const nowhere = 'gateway.tls.certificate: cannot use the file nowhere: there is no such file';
    assert.deepEqual(tlsProblems({ certificate: 'nowhere' }), [nowhere]);
    for (const certificate of ['text', 'broken.pem', 'half.pem', 'both.pem', 'server.key'])
      assert.deepEqual(tlsProblems({ certificate }), [`gateway.tls.certificate: ${certificates}`]);
    for (const clientAuthority of ['text', 'broken.pem', 'half.pem'])
      assert.deepEqual(tlsProblems({ clientAuthority }), [`gateway.tls.clientAuthority: ${certificates}`]);
    assert.deepEqual(tlsProblems({ privateKey: 'text' }), [`gateway.tls.privateKey: ${noKey}`]);
    const unknown = 'unknown key gateway.tls.key: known keys are certificate, privateKey, clientAuthority';
    assert.deepEqual(tlsProblems({ key: 'x' }), [unknown]);
  });

  test('is refused with the key of another certificate', async () => {
    await authority.issue('other', { subject: '/CN=other', usage: 'serverAuth' });
    const problem = 'gateway.tls.privateKey: is not the key of gateway.tls.certificate';
    assert.deepEqual(tlsProblems({ privateKey: 'other.key' }), [problem]);
  });

  test('is refused with a key that asks for a passphrase, without asking', () => {
    const out = ['-out', join(folder, 'locked.key')];
    execFileSync('openssl', ['ec', '-aes256', '-passout', 'pass:word', '-in', server.keyFile, ...out], {
      stdio: 'ignore',
    });
    const problem = 'gateway.tls.privateKey: must be a file with one private key, PEM, without a passphrase';
    assert.deepEqual(tlsProblems({ privateKey: 'locked.key' }), [problem]);
  });

  test('is refused with a key that is too short for TLS', () => {
    const [keyout, out] = [join(folder, 'weak.key'), join(folder, 'weak.pem')];
    const args = ['req', '-x509', '-newkey', 'rsa:512', '-noenc', '-keyout', keyout, '-out', out];
    execFileSync('openssl', [...args, '-subj', '/CN=weak'], { stdio: 'ignore' });
    const [problem = ''] = tlsProblems({ certificate: 'weak.pem', privateKey: 'weak.key' });
    assert.match(problem, /^gateway\.tls\.certificate: OpenSSL does not take it with its key: ERR_SSL_\w+$/);
  });

  test('is refused with a private key that others may read', async () => {
    await writeSecret('open.key', server.key);
    await chmod(join(folder, 'open.key'), 0o644);
    const [problem = ''] = tlsProblems({ privateKey: 'open.key' });
    assert.match(problem, /^gateway\.tls\.privateKey: cannot use the file open\.key: others may read/);
  });
});
