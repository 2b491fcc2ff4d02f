import { resolve } from 'node:path';
import { isJsonList, isJsonObject } from '../policy/json-value.ts';
import { isLoopback, parseSidecarAddress, type SidecarAddress } from './address.ts';
import { maxSidecarAddresses, maxSocketPathBytes } from './config-limits.ts';
import { fileAt, secretFileAt } from './file-values.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from './section.ts';
import { namesAt, requiredTextAt, textAt } from './section-values.ts';
import type { SidecarConfig, SidecarTls } from './sidecar-config.ts';
import { expectCertificates, expectPair, expectPrivateKey } from './tls-settings.ts';

/** Reads `sidecar`: an address, a list of them, or an object with `addresses` and `tls`. */
export function readSidecar(section: Section): SidecarConfig | undefined {
  const value = valueAt(section, 'sidecar');
  if (value === undefined) return undefined;
  if (isJsonObject(value)) return readObject(sectionAt(section, 'sidecar') ?? section);
  const addresses = readAddresses(section, 'sidecar');
  refusePlainText(section, 'sidecar', addresses);
  return { addresses, tls: undefined };
}

function readObject(section: Section): SidecarConfig {
  refuseUnknownKeys(section, ['addresses', 'tls']);
  if (valueAt(section, 'addresses') === undefined)
    report(section, 'addresses', 'is missing: write a list of addresses of sidecars');
  const addresses = readAddresses(section, 'addresses');
  const tls = sectionAt(section, 'tls');
  if (tls === undefined) refusePlainText(section, 'addresses', addresses);
  else if (addresses.some(({ kind }) => kind === 'unix'))
    report(section, 'addresses', 'TLS is for host:port: leave the Unix sockets out, or tls');
  return { addresses, tls: tls && readTls(tls) };
}

function readAddresses(section: Section, key: string): readonly SidecarAddress[] {
  const isList = isJsonList(valueAt(section, key) ?? '');
  const text = isList ? undefined : textAt(section, key);
  const texts = isList ? (namesAt(section, key) ?? []) : text === undefined ? [] : [text];
  if (isList && (texts.length === 0 || texts.length > maxSidecarAddresses))
    report(section, key, `must have 1 to ${maxSidecarAddresses} addresses`);
  return texts.flatMap((each) => readAddress(section, key, each) ?? []);
}

function readAddress(section: Section, key: string, text: string): SidecarAddress | undefined {
  const address = parseSidecarAddress(text);
  if (address !== undefined) return address;
  const forms = `unix:/absolute/path, at most ${maxSocketPathBytes} bytes long, host:port, or dns:///name:port for all addresses of a name`;
  report(section, key, `must be ${forms}; leave it out for a sidecar of the gateway's own`);
  return undefined;
}

/** Who can change labels on their way decides what agents get. */
function refusePlainText(section: Section, key: string, addresses: readonly SidecarAddress[]): void {
  const far = addresses.find((address) => address.kind !== 'unix' && !isLoopback(address.host));
  if (far === undefined || far.kind === 'unix') return;
  const sentence = `${far.host} is another machine, and labels must not be changed on their way: write { "addresses": [...], "tls": { "ca": …, "cert": …, "key": … } }`;
  report(section, key, sentence);
}

/** The files are looked at now, so that what does not fit is said at the start; connections read them anew. */
function readTls(section: Section): SidecarTls | undefined {
  refuseUnknownKeys(section, ['ca', 'cert', 'key', 'serverName']);
  const path = (key: string, what: string) => {
    const text = requiredTextAt(section, key, `write the file with ${what}, PEM`);
    return text === undefined ? undefined : resolve(section.reading.folder, text);
  };
  const authorityFile = path('ca', "the sidecars' authority");
  const certificateFile = path('cert', "the gateway's own certificate");
  const keyFile = path('key', "the certificate's private key");
  expectCertificates(section, 'ca', fileAt(section, 'ca'));
  const certificate = expectCertificates(section, 'cert', fileAt(section, 'cert'));
  const privateKey = expectPrivateKey(section, 'key', secretFileAt(section, 'key'));
  if (certificate !== undefined && privateKey !== undefined)
    expectPair(section, { certificate, privateKey }, { certificate: 'cert', privateKey: 'key' });
  if (authorityFile === undefined || certificateFile === undefined || keyFile === undefined) return undefined;
  return { authorityFile, certificateFile, keyFile, serverName: readServerName(section) };
}

function readServerName(section: Section): string | undefined {
  const name = textAt(section, 'serverName');
  if (name === undefined || /^[A-Za-z0-9_.-]{1,255}$/.test(name)) return name;
  report(section, 'serverName', "must be the DNS name in the sidecars' certificates");
  return undefined;
}
