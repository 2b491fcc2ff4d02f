import { createPrivateKey, X509Certificate } from 'node:crypto';
import { constants, readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { maxTlsFileBytes } from '../limits.ts';

/** The files of mutual TLS, PEM. */
export interface TlsFiles {
  /** This sidecar's certificate, and those between it and its authority. */
  readonly certificate: string;
  /** Its private key, without a passphrase. */
  readonly privateKey: string;
  /** The authority that signs the certificates of gateways. */
  readonly clientAuthority: string;
}

/** What stood in the files: PEM texts that fit together. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Reads the files. Throws one sentence that names the file at fault, and nothing of what is in it. */
export async function readTlsFiles(files: TlsFiles): Promise<TlsIdentity> {
  const cert = await readCertificates('--tls-cert', files.certificate);
  const key = await readPem('--tls-key', files.privateKey);
  const ca = await readCertificates('--tls-client-ca', files.clientAuthority);
  await refuseOpenKey(files.privateKey);
  if (!isKeyOf(cert, expectKey(files.privateKey, key)))
    throw new Error(`--tls-key ${files.privateKey} is not the key of the first certificate of --tls-cert`);
  try {
    createSecureContext({ cert, key, ca });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new Error(`OpenSSL does not take --tls-cert with --tls-key: ${code}`, { cause });
  }
  return { cert, key, ca };
}

async function readPem(flag: string, path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxTlsFileBytes) throw new Error(`it is larger than ${maxTlsFileBytes} bytes`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message }: NodeJS.ErrnoException =
      cause instanceof Error ? cause : new Error(String(cause));
    throw new Error(`cannot read ${flag} ${path}: ${code ?? message}`, { cause });
  }
}

/** All certificates of a file: one that cannot be read would be left out without a word. */
async function readCertificates(flag: string, path: string): Promise<string> {
  const text = await readPem(flag, path);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const begun = text.match(/-----BEGIN /g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
    if (blocks.length > 0 && begun.length === blocks.length) return text;
  } catch {
    // Said below: OpenSSL's own words name its internals.
  }
  throw new Error(`${flag} ${path} must be a file of certificates only, PEM ("-----BEGIN CERTIFICATE-----")`);
}

function expectKey(path: string, text: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(`--tls-key ${path} must be a file with one private key, PEM, without a passphrase`);
  }
}

function isKeyOf(certificates: string, key: ReturnType<typeof createPrivateKey>): boolean {
  return new X509Certificate(certificates).checkPrivateKey(key);
}

/** The group may read it, since that is how Kubernetes hands secrets to a process. */
async function refuseOpenKey(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & (constants.S_IRWXO | constants.S_IWGRP)) === 0) return;
  throw new Error(`others may read or change --tls-key ${path}: take that from them (chmod 600)`);
}
