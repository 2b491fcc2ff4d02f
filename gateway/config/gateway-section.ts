import { accessKeys, authenticates, readAccess, whyNobodyIs } from './access-settings.ts';
import { isLoopback, parseTcpAddress, type TcpAddress } from './address.ts';
import { readAudit } from './audit-section.ts';
import {
  defaultShutdownTimeoutSeconds,
  defaultToolTimeoutSeconds,
  shutdownTimeoutRange,
  toolTimeoutRange,
} from './config-limits.ts';
import { readExtMcp } from './ext-mcp-section.ts';
import type { GatewaySettings } from './gateway-config.ts';
import { readPrivileges } from './privileges-section.ts';
import { refuseUnknownKeys, report, type Section } from './section.ts';
import { numberAt, textAt, wordAt } from './section-values.ts';
import { readPayloads } from './shaping-sections.ts';
import { readSidecar } from './sidecar-setting.ts';

const knownKeys = [
  'listen',
  ...accessKeys,
  'guardsMode',
  'sidecar',
  'toolTimeout',
  'shutdownTimeout',
  'notice',
  'separator',
  'payloads',
  'audit',
  'containers',
  'privileges',
  'extMcp',
];

const defaultListen: TcpAddress = { kind: 'tcp', host: '127.0.0.1', port: 3000 };

/** Where the gateway listens, from the command line: what is given stands in for the configuration's own, under the same rules. */
export interface ListenFlags {
  readonly listen?: string | undefined;
  readonly extMcpListen?: string | undefined;
}

/** Reads the `gateway` section. */
export function readGatewaySection(section: Section, { listen, extMcpListen }: ListenFlags): GatewaySettings {
  refuseUnknownKeys(section, knownKeys);
  const access = readAccess(section);
  const extMcp = readExtMcp(section, extMcpListen);
  return {
    listen: readListen(section, listen),
    ...access,
    privileges: readPrivileges(section, (name) => whyNobodyIs(section, access.keys, name)),
    guardsMode: wordAt(section, 'guardsMode', ['strict', 'filter', 'propagate']),
    sidecar: readSidecar(section),
    notice: wordAt(section, 'notice', ['full', 'quiet']) ?? 'full',
    toolTimeoutMs: readToolTimeout(section) ?? defaultToolTimeoutSeconds * 1000,
    shutdownTimeoutMs: readShutdownTimeout(section),
    separator: readSeparator(section) ?? defaultSeparator,
    payloads: readPayloads(section),
    ...readAudit(section),
    ...(extMcp && { extMcp }),
  };
}

/** Reads `toolTimeout`, which is in seconds, as milliseconds. */
export function readToolTimeout(section: Section): number | undefined {
  const seconds = numberAt(section, 'toolTimeout', toolTimeoutRange);
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

/** As gh-aw's gateway has it. */
const defaultSeparator = '___';

function readSeparator(section: Section): string | undefined {
  const separator = textAt(section, 'separator');
  if (separator === undefined || /^[A-Za-z0-9_-]{1,16}$/.test(separator)) return separator;
  report(section, 'separator', 'must have 1 to 16 letters, digits, hyphens and underscores');
  return undefined;
}

function readShutdownTimeout(section: Section): number {
  const seconds = numberAt(section, 'shutdownTimeout', shutdownTimeoutRange);
  return (seconds ?? defaultShutdownTimeoutSeconds) * 1000;
}

function readListen(section: Section, override: string | undefined): TcpAddress {
  const text = override ?? textAt(section, 'listen');
  const address = text === undefined ? defaultListen : parseTcpAddress(text);
  const { problems } = section.reading;
  const place = override === undefined ? 'gateway.listen' : '--listen';
  if (address === undefined) {
    problems.push(`${place}: must be host:port, such as 127.0.0.1:3000`);
  } else if (!isLoopback(address.host) && !authenticates(section)) {
    const ways = 'set gateway.apiKey, gateway.keys or gateway.tls.clientAuthority, or listen on 127.0.0.1';
    problems.push(`${place}: other machines can reach this address: ${ways}`);
  }
  return address ?? defaultListen;
}
