import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { pathAt } from './config-path.ts';
import { fileAt, secretFileAt } from './file-values.ts';
import type { TlsConfig } from './gateway-config.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from './section.ts';

/** Reads `tls` and its files. What does not fit together is found here, not by the first client. */
export function readTls(gateway: Section): TlsConfig | undefined {
  const section = sectionAt(gateway, 'tls');
  if (section === undefined) return undefined;
  refuseUnknownKeys(section, ['certificate', 'privateKey', 'clientAuthority']);
  expectKey(section, 'certificate', 'write the file with its certificate, PEM');
  expectKey(section, 'privateKey', "write the file with the certificate's private key, PEM");
  const certificate = expectCertificates(section, 'certificate', fileAt(section, 'certificate'));
  const privateKey = expectPrivateKey(section, 'privateKey', secretFileAt(section, 'privateKey'));
  const authority = expectCertificates(section, 'clientAuthority', fileAt(section, 'clientAuthority'));
  if (certificate === undefined || privateKey === undefined) return undefined;
  if (
    !expectPair(
      section,
      { certificate, privateKey },
      { certificate: 'certificate', privateKey: 'privateKey' },
    )
  )
    return undefined;
  return expectUsable(section, {
    certificate: certificate.text,
    privateKey: privateKey.text,
    clientAuthority: authority?.text,
  });
}

function expectKey(section: Section, key: string, whatToWrite: string): void {
  if (valueAt(section, key) === undefined) report(section, key, `is missing: ${whatToWrite}`);
}

/** Whether a key is the certificate's; reports it where it is not. `keys`: what they stand under. */
export function expectPair(
  section: Section,
  pair: { readonly certificate: Certificates; readonly privateKey: PrivateKey },
  keys: { readonly certificate: string; readonly privateKey: string },
): boolean {
  if (pair.certificate.first.checkPrivateKey(pair.privateKey.key)) return true;
  report(section, keys.privateKey, `is not the key of ${pathAt(section.path, keys.certificate)}`);
  return false;
}

interface Certificates {
  readonly text: string;
  readonly first: X509Certificate;
}

interface PrivateKey {
  readonly text: string;
  readonly key: KeyObject;
}

/** All certificates of a file: one that cannot be read would be left out without a word. */
export function expectCertificates(
  section: Section,
  key: string,
  text: string | undefined,
): Certificates | undefined {
  if (text === undefined) return undefined;
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const begun = text.match(/-----BEGIN /g) ?? [];
  try {
    const [first] = blocks.map((block) => new X509Certificate(block));
    if (first !== undefined && begun.length === blocks.length) return { text, first };
  } catch {
    // Said below: OpenSSL's own words name its internals.
  }
  report(section, key, 'must be a file of certificates only, PEM ("-----BEGIN CERTIFICATE-----")');
  return undefined;
}

/** A private key as it stands in a file. */
export function expectPrivateKey(
  section: Section,
  key: string,
  text: string | undefined,
): PrivateKey | undefined {
  if (text === undefined) return undefined;
  try {
    return { text, key: createPrivateKey(text) };
  } catch {
    report(section, key, 'must be a file with one private key, PEM, without a passphrase');
    return undefined;
  }
}

/** What OpenSSL would refuse when the gateway listens: a key that is too short, for one. */
function expectUsable(section: Section, tls: TlsConfig): TlsConfig | undefined {
  try {
    createSecureContext({ cert: tls.certificate, key: tls.privateKey, ca: tls.clientAuthority });
    return tls;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    report(section, 'certificate', `OpenSSL does not take it with its key: ${code}`);
    return undefined;
  }
}
