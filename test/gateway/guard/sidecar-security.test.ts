import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { LabelerClient } from '../../../gateway/guard/labeler-client.ts';
import { sidecarSecurity } from '../../../gateway/guard/sidecar-security.ts';
import { CertificateAuthority, type Identity } from '../../harness/certificates.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';

let folder: string;
before(async () => {
  folder = await temporaryFolder();
});
after(() => rm(folder, { recursive: true, force: true }));

suite('the keys of a gateway', () => {
  test('are read again while it runs: connections made later use what stands in the files then', async () => {
    const authority = await CertificateAuthority.create(folder);
    const foreign = await CertificateAuthority.create(folder, 'foreign');
    const own = await authority.issue('sidecar', { subject: '/CN=sidecar', usage: 'serverAuth' });
    const asGateway = { subject: '/CN=gateway', usage: 'clientAuth' } as const;
    const [wrong, right] = [
      await foreign.issue('wrong', asGateway),
      await authority.issue('right', asGateway),
    ];
    const [certificateFile, keyFile] = [join(folder, 'now.pem'), join(folder, 'now.key')];
    const use = async (identity: Identity) => {
      await copyFile(identity.certificateFile, certificateFile);
      await copyFile(identity.keyFile, keyFile);
    };
    await use(wrong);
    const authorityFile = authority.identity.certificateFile;
    const files = ['--tls-cert', own.certificateFile, '--tls-key', own.keyFile];
    const args = [...files, '--tls-client-ca', authorityFile];
    await using sidecar = await RunningSidecar.start({}, { listen: '127.0.0.1:0', args });
    const tls = { authorityFile, certificateFile, keyFile, serverName: 'localhost' };
    using client = new LabelerClient(sidecar.address, sidecarSecurity(tls, 20)('127.0.0.1'));
    assert.equal(await client.answers(), false);
    await sidecar.logged('its certificate is not of the authority');
    await use(right);
    while (!(await client.answers()));
  });
});
