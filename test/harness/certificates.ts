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
  issue(file: string, { subject, usage }: Issued): Promise<Identity> {
    const { certificateFile, keyFile } = this.identity;
    const names = usage === 'serverAuth' ? ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'] : [];
    const signed = ['-CA', certificateFile, '-CAkey', keyFile, '-addext', `extendedKeyUsage=${usage}`];
    const extensions = ['-addext', 'basicConstraints=critical,CA:false', ...names];
    return request(this.folder, file, ['-subj', subject, '-utf8', ...signed, ...extensions]);
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
