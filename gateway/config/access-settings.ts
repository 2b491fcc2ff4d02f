import { isJsonObject } from '../policy/json-value.ts';
import { canonicalHost } from './address.ts';
import { asksForKeys, readBearerKeys } from './bearer-keys.ts';
import type { BearerKey, GatewaySettings } from './gateway-config.ts';
import { report, type Section, valueAt } from './section.ts';
import { namesAt } from './section-values.ts';
import { readTls } from './tls-settings.ts';

/** The keys of the `gateway` section that say who may talk to it. */
export const accessKeys: readonly string[] = ['apiKey', 'keys', 'tls', 'hosts', 'operators', 'scrapers'];

/** What a principal that showed a certificate is named: this and the certificate's common name. */
export const certificatePrefix = 'certificate:';

/** Whether clients have to show who they are, by a key or a certificate. */
export function authenticates(gateway: Section): boolean {
  return asksForKeys(gateway) || asksForCertificates(gateway);
}

/** Reads who may talk to the gateway. */
export function readAccess(
  gateway: Section,
): Pick<GatewaySettings, 'keys' | 'tls' | 'hosts' | 'operators' | 'scrapers'> {
  const keys = readBearerKeys(gateway);
  return {
    keys,
    tls: readTls(gateway),
    hosts: readHosts(gateway),
    operators: readOperators(gateway, keys),
    scrapers: readPrincipals(gateway, 'scrapers', keys) ?? [],
  };
}

function asksForCertificates(gateway: Section): boolean {
  const tls = valueAt(gateway, 'tls');
  return isJsonObject(tls) && Object.hasOwn(tls, 'clientAuthority');
}

function readHosts(gateway: Section): readonly string[] {
  const names = namesAt(gateway, 'hosts') ?? [];
  return names.flatMap((name) => {
    const host = canonicalHost(name);
    if (host === undefined)
      report(gateway, 'hosts', `${JSON.stringify(name)} is no name of a host: write it without a port`);
    return host ?? [];
  });
}

/** What is wrong with the name of a principal: undefined where somebody can be it. */
export function whyNobodyIs(gateway: Section, keys: readonly BearerKey[], name: string): string | undefined {
  if (isPossible(gateway, keys, name)) return undefined;
  return `nobody can be ${JSON.stringify(name)}: ${whoCanBe(gateway)}`;
}

/** Where nobody can be told from anybody, everybody is the operator. */
function readOperators(gateway: Section, keys: readonly BearerKey[]): readonly string[] {
  return readPrincipals(gateway, 'operators', keys) ?? (authenticates(gateway) ? [] : ['anonymous']);
}

function readPrincipals(
  gateway: Section,
  setting: 'operators' | 'scrapers',
  keys: readonly BearerKey[],
): readonly string[] | undefined {
  const names = namesAt(gateway, setting);
  for (const problem of (names ?? []).map((name) => whyNobodyIs(gateway, keys, name)))
    if (problem !== undefined) report(gateway, setting, problem);
  return names;
}

function isPossible(gateway: Section, keys: readonly BearerKey[], name: string): boolean {
  if (keys.some(({ principal }) => principal === name)) return true;
  if (asksForKeys(gateway)) return isUnreadable(gateway, name);
  return asksForCertificates(gateway)
    ? name.startsWith(certificatePrefix) && name !== certificatePrefix
    : name === 'anonymous';
}

/** A key that is not there because something else is wrong with it has been reported already. */
function isUnreadable(gateway: Section, name: string): boolean {
  const keys = valueAt(gateway, 'keys');
  return name === 'key'
    ? valueAt(gateway, 'apiKey') !== undefined
    : isJsonObject(keys) && Object.hasOwn(keys, name);
}

function whoCanBe(gateway: Section): string {
  if (asksForKeys(gateway)) return 'name principals of gateway.keys, or key for gateway.apiKey';
  return asksForCertificates(gateway)
    ? `write ${certificatePrefix} and the common name of a client's certificate`
    : 'configure gateway.keys, or leave it out';
}
