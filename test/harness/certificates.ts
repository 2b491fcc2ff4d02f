import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate and its key: files, and the PEM texts in them. */
export interface Identity {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface Issued {
  /** In openssl's spelling: `/CN=alice`. */
  readonly subject: string;
  readonly usage: 'clientAuth' | 'serverAuth';
  /** Whether its time was over yesterday. */
  readonly hasExpired?: boolean;
}

/** An authority of its own, made with the openssl program, that issues certificates into a folder. */
export class CertificateAuthority {
  readonly folder: string;
  readonly name: string;
  /** Its own certificate. */
  readonly identity: Identity;

  private constructor(folder: string, name: string, identity: Identity) {
    this.folder = folder;
    this.name = name;
    this.identity = identity;
  }

  static async create(folder: string, name = 'authority'): Promise<CertificateAuthority> {
    const identity = await request(folder, name, ['-subj', `/CN=${name}`]);
    return new CertificateAuthority(folder, name, identity);
  }

  /** A certificate for localhost and 127.0.0.1, or for a client of that subject. */
  async issue(file: string, { subject, usage, hasExpired = false }: Issued): Promise<Identity> {
    const { certificateFile, keyFile } = this.identity;
    const names = usage === 'serverAuth' ? ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'] : [];
    const signing = ['-CA', certificateFile, '-CAkey', keyFile];
    const extensions = [
      '-addext',
      `extendedKeyUsage=${usage}`,
      '-addext',
      'basicConstraints=critical,CA:false',
    ];
    const args = ['-subj', subject, '-utf8', ...signing, ...extensions, ...names];
    const issued = await request(this.folder, file, args);
    if (!hasExpired) return issued;
    const old = join(this.folder, `${file}.old.pem`);
    const asked = join(this.folder, `${file}.csr`);
    await run('openssl', ['req', '-new', '-key', issued.keyFile, '-subj', subject, '-utf8', '-out', asked]);
    await run('openssl', ['x509', '-req', '-in', asked, ...signing, '-days', '-1', '-out', old]);
    return { ...issued, certificateFile: old, cert: await readFile(old, 'utf8') };
  }
}

async function request(folder: string, name: string, args: readonly string[]): Promise<Identity> {
  const certificateFile = join(folder, `${name}.pem`);
  const keyFile = join(folder, `${name}.key`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', keyFile];
  await run('openssl', ['req', '-x509', '-days', '1', ...key, '-out', certificateFile, ...args]);
  const [certificate, privateKey] = await Promise.all([readFile(certificateFile), readFile(keyFile)]);
  return { certificateFile, keyFile, cert: certificate.toString(), key: privateKey.toString() };
}
