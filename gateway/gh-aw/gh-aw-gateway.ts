import { isAbsolute } from 'node:path';
import { isLoopback } from '../config/address.ts';
import {
  defaultPayloadThresholdBytes,
  defaultShutdownTimeoutSeconds,
  defaultToolTimeoutSeconds,
  payloadThresholdRange,
  toolTimeoutRange,
} from '../config/config-limits.ts';
import type { BearerKey, GatewaySettings, PayloadConfig, TlsConfig } from '../config/gateway-config.ts';
import { report, type Section, valueAt } from '../config/section.ts';
import { booleanAt, namesAt, numberAt, textAt, wholeNumberAt } from '../config/section-values.ts';
import { type ContainerDefaults, containerDefaultKeys, readContainerDefaults } from './container-defaults.ts';
import { type GhAwOptions, minToolTimeoutSeconds } from './gh-aw-options.ts';
import { readTelemetry, type TelemetryConfig } from './gh-aw-telemetry.ts';
import type { Given } from './outside-settings.ts';
import { type Format, type KeyTable, type SpelledKeys, spelledKeys } from './spelled-keys.ts';

/** What the `gateway` section of gh-aw's gateway says, with what flags and variables say instead. */
export interface GhAwGateway {
  readonly settings: GatewaySettings;
  readonly containers: ContainerDefaults;
  readonly telemetry: TelemetryConfig | undefined;
  /** How long a server that is a process may take to start, in milliseconds. */
  readonly startupTimeoutMs: number;
  readonly trustedBots: readonly string[];
  /** Undefined: not said, which switches it on. */
  readonly forcePublicRepos: boolean | undefined;
  /** Sinks without the default `public`; `*` for all. */
  readonly sinkVisibilityExemptServers: readonly string[];
  /** The name and the port that agents are told; undefined: what the gateway listens on. */
  readonly domain: string | undefined;
  readonly port: number | undefined;
  /** What clients send as their `Authorization`, whole. */
  readonly authorization: string;
  readonly notes: readonly string[];
}

type GatewayKey = (typeof names)[number];

const names = [
  'port',
  'domain',
  'agentId',
  'apiKey',
  'startupTimeout',
  'toolTimeout',
  'keepaliveInterval',
  ...containerDefaultKeys,
  'payloadDir',
  'payloadPathPrefix',
  'payloadSizeThreshold',
  'trustedBots',
  'forcePublicRepos',
  'sinkVisibilityExemptServers',
  'opentelemetry',
  'tracing',
] as const;

/** The keys of the section. */
export const gatewayKeys = {
  names,
  only: { dockerless: 'json', tracing: 'toml' },
} as const satisfies KeyTable<GatewayKey>;

/** What stands around the section. */
export interface GatewaySurroundings {
  readonly format: Format;
  readonly options: GhAwOptions;
  readonly tls: TlsConfig | undefined;
  /** The key of clients where none is configured: 64 hex digits. */
  readonly randomKey: string;
}

/** Seconds. A process that has not started within a day will not. */
const startupTimeoutRange = { minimum: 1, maximum: 86_400 };
/** The defaults of the system that Sluice replaces. */
const defaultStartupSeconds = 30;
const defaultPayloadFolder = '/tmp/jq-payloads';

/** Reads the `gateway` section. */
export function readGhAwGateway(given: Section, around: GatewaySurroundings): GhAwGateway {
  const section = around.format === 'toml' ? withoutEmptyTexts(given) : given;
  const { options } = around;
  const key = spelledKeys(section, around.format, gatewayKeys);
  const startupSeconds = numberAt(section, key.startupTimeout, startupTimeoutRange) ?? defaultStartupSeconds;
  const keys = readKeys(section, key, around.randomKey);
  const domain = readDomain(section, key.domain, around.format);
  return {
    settings: {
      listen: options.listen,
      keys: [keys.bearer],
      tls: around.tls,
      // On loopback it answers to no name of others; elsewhere to all, as gh-aw's gateway does, since there is a key.
      hosts: domain !== undefined && isLoopback(options.listen.host) ? [domain] : [],
      // The key is the agent's, and no agent sees or ends what others do.
      operators: [],
      scrapers: [],
      privileges: [],
      shutdownTimeoutMs: options.shutdownTimeoutMs ?? defaultShutdownTimeoutSeconds * 1000,
      guardsMode: options.guardsMode,
      sidecar: undefined,
      notice: 'full',
      toolTimeoutMs: Math.round(readGatewayToolTimeout(section, key, options) * 1000),
      separator: '___',
      payloads: readPayloads(section, key, options),
    },
    containers: readContainerDefaults(section, key),
    telemetry: readTelemetry(section, around.format, options.otlp),
    startupTimeoutMs: Math.round(startupSeconds * 1000),
    trustedBots: readTrustedBots(section, key.trustedBots),
    forcePublicRepos: booleanAt(section, key.forcePublicRepos),
    sinkVisibilityExemptServers: namesAt(section, key.sinkVisibilityExemptServers) ?? [],
    domain,
    port: readPort(section, key.port, around.format),
    authorization: keys.authorization,
    notes: [...keys.notes, ...readKeepalive(section, key.keepaliveInterval)],
  };
}

/** In the TOML of gh-aw an empty text is a key that is not given. */
function withoutEmptyTexts(section: Section): Section {
  const entries = Object.entries(section.value).filter(([, value]) => value !== '');
  return { ...section, value: Object.fromEntries(entries) };
}

interface ClientKey {
  readonly bearer: BearerKey;
  readonly authorization: string;
  readonly notes: readonly string[];
}

function readKeys(section: Section, key: SpelledKeys<GatewayKey>, randomKey: string): ClientKey {
  const { env } = section.reading;
  if (valueAt(section, key.agentId) !== undefined && valueAt(section, key.apiKey) !== undefined)
    report(section, key.apiKey, `is the older name of ${key.agentId}: write one of them`);
  const configured = textAt(section, key.agentId) ?? textAt(section, key.apiKey);
  const fromVariable = env.MCP_GATEWAY_AGENT_ID || env.MCP_GATEWAY_API_KEY || undefined;
  const text = configured ?? fromVariable ?? randomKey;
  // What cannot stand in a header would lock everybody out.
  if (!/^[!-~]([ -~]*[!-~])?$/.test(text))
    report(section, key.agentId, 'must be printable ASCII without spaces at its ends');
  const isShort = text.length < advisableKeyCharacters;
  const notes = isShort
    ? [
        `${section.path}.${key.agentId}: is shorter than ${advisableKeyCharacters} characters: it can be guessed`,
      ]
    : [];
  // Clients send it whole, and of what they send the door cuts this prefix.
  return { bearer: { principal: 'key', key: text.replace(/^Bearer /i, '') }, authorization: text, notes };
}

/** A key of 16 random characters is out of reach of guessing. */
const advisableKeyCharacters = 16;

function readGatewayToolTimeout(
  section: Section,
  key: SpelledKeys<GatewayKey>,
  options: GhAwOptions,
): number {
  const range = { ...toolTimeoutRange, minimum: minToolTimeoutSeconds };
  return numberAt(section, key.toolTimeout, range) ?? options.toolTimeoutSeconds ?? defaultToolTimeoutSeconds;
}

function readPayloads(section: Section, key: SpelledKeys<GatewayKey>, options: GhAwOptions): PayloadConfig {
  const folder = absolute(section, key.payloadDir, options.payloadFolder);
  const bytes = wholeNumberAt(section, key.payloadSizeThreshold, payloadThresholdRange);
  return {
    folder: folder ?? defaultPayloadFolder,
    pathPrefix: options.payloadPathPrefix?.text ?? textAt(section, key.payloadPathPrefix),
    thresholdBytes: options.payloadThresholdBytes ?? bytes ?? defaultPayloadThresholdBytes,
  };
}

function absolute(section: Section, key: string, given: Given | undefined): string | undefined {
  const configured = textAt(section, key);
  if (configured !== undefined && !isAbsolute(configured)) report(section, key, 'must be an absolute path');
  if (given !== undefined && !isAbsolute(given.text))
    section.reading.problems.push(`${given.name}: must be an absolute path`);
  return given?.text ?? configured;
}

function readTrustedBots(section: Section, key: string): readonly string[] {
  const bots = namesAt(section, key);
  if (bots?.length === 0) report(section, key, 'is empty: name a bot, or leave it out');
  return bots ?? [];
}

function readDomain(section: Section, key: string, format: Format): string | undefined {
  const fromVariable = section.reading.env.MCP_GATEWAY_DOMAIN || undefined;
  const isMissing = valueAt(section, key) === undefined && fromVariable === undefined;
  if (isMissing && format === 'json')
    report(section, key, 'is missing: write the name that agents reach the gateway by, such as "localhost"');
  const domain = textAt(section, key) ?? fromVariable;
  const isName = /^(host\.docker\.internal|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/;
  if (domain === undefined || isName.test(domain)) return domain;
  report(section, key, 'must be localhost, host.docker.internal or one word of a-z, 0-9 and hyphens');
  return undefined;
}

function readPort(section: Section, key: string, format: Format): number | undefined {
  const { env, problems } = section.reading;
  if (valueAt(section, key) !== undefined)
    return wholeNumberAt(section, key, { minimum: 1, maximum: 65_535 });
  const text = env.MCP_GATEWAY_PORT || undefined;
  if (text === undefined) {
    if (format === 'json')
      report(section, key, 'is missing: write the port that agents reach the gateway by');
    return undefined;
  }
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= 65_535) return Number(text);
  problems.push('MCP_GATEWAY_PORT: must be a whole number from 1 to 65535');
  return undefined;
}

/** Seconds between signs of life, -1 for none. */
function readKeepalive(section: Section, key: string): string[] {
  const range = { minimum: -1, maximum: 86_400 };
  if (wholeNumberAt(section, key, range) === undefined) return [];
  return [`${section.path}.${key}: has no effect: a session that its server forgot is opened again`];
}
