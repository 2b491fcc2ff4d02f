import { readBounds } from '../config/bounds-section.ts';
import {
  connectTimeoutRange,
  defaultConnectTimeoutSeconds,
  defaultRateLimitCooldownSeconds,
  defaultRateLimitThreshold,
  rateLimitCooldownRange,
  rateLimitThresholdRange,
  toolTimeoutRange,
} from '../config/config-limits.ts';
import type { RateLimitBreakerConfig, ServerConfig } from '../config/gateway-config.ts';
import { policyAt } from '../config/policy-at.ts';
import { namedSections, type Section, valueAt } from '../config/section.ts';
import { namesAt, numberAt, textMapAt, wholeNumberAt, wordAt } from '../config/section-values.ts';
import type { GhAwGateway } from './gh-aw-gateway.ts';
import { minToolTimeoutSeconds } from './gh-aw-options.ts';
import { type GuardRules, ghAwServerGuard } from './gh-aw-server-guard.ts';
import { httpKeys, readGhAwHttp, readGhAwStdio, readTransportKind, stdioKeys } from './gh-aw-transport.ts';
import { type Format, type SpelledKeys, spelledKeys } from './spelled-keys.ts';

/** What holds for servers that do not say otherwise, and what they refer to. */
export interface GhAwServerSurroundings {
  readonly format: Format;
  readonly gateway: GhAwGateway;
  readonly guardRules: GuardRules;
}

type CommonKey = (typeof commonKeys)[number];

/** gh-aw's keys, and behind them Sluice's own bounds on what a guard may say. */
const commonKeys = [
  'type',
  'tools',
  'toolTimeout',
  'registry',
  'guard-policies',
  'guard',
  'tool_response_filters',
  'working_directory',
  'rateLimitThreshold',
  'rateLimitCooldown',
  'audience',
  'bounds',
  'integrity',
  'connection',
] as const;

const only = {
  container: 'json',
  entrypoint: 'json',
  entrypointArgs: 'json',
  mounts: 'json',
  working_directory: 'toml',
  rateLimitThreshold: 'toml',
  rateLimitCooldown: 'toml',
} as const;

const alsoCalled = {
  toolTimeout: { json: 'tool_timeout' },
  connectTimeout: { json: 'connect_timeout' },
} as const;

/** Reads the servers, in their order. */
export function readGhAwServers(servers: Section, around: GhAwServerSurroundings): ServerConfig[] {
  return namedSections(servers).map(({ name, section }) => readServer(name, section, around));
}

function readServer(name: string, section: Section, around: GhAwServerSurroundings): ServerConfig {
  const { key, transport, connectTimeoutMs, unavailable } = readConnection(section, around);
  const policy = policyAt(section, key['guard-policies'], name);
  const guard = ghAwServerGuard(section, { name, policy }, around.guardRules);
  return {
    name,
    transport,
    guard: unavailable === undefined ? guard : { kind: 'unavailable', name, reason: unavailable },
    tools: readTools(section, key.tools),
    audience: namesAt(section, 'audience') ?? ['*'],
    bounds: readBounds(section),
    integrity: namesAt(section, 'integrity') ?? ['*'],
    connection: wordAt(section, 'connection', ['session', 'shared']) ?? 'session',
    connectTimeoutMs,
    toolTimeoutMs: readToolTimeout(section, key.toolTimeout) ?? around.gateway.settings.toolTimeoutMs,
    responseFilters: textMapAt(section, key.tool_response_filters) ?? {},
    rateLimitBreaker: readBreaker(section, key),
  };
}

interface Connection extends Pick<ServerConfig, 'transport' | 'connectTimeoutMs'> {
  readonly key: SpelledKeys<CommonKey>;
  /** Why it cannot be reached. */
  readonly unavailable?: string;
}

function readConnection(section: Section, { format, gateway }: GhAwServerSurroundings): Connection {
  if (readTransportKind(section) === 'stdio') {
    const key = spelledKeys(section, format, { names: [...commonKeys, ...stdioKeys], only, alsoCalled });
    const transport = readGhAwStdio(section, key, gateway.containers);
    return { key, transport, connectTimeoutMs: gateway.startupTimeoutMs };
  }
  const key = spelledKeys(section, format, { names: [...commonKeys, ...httpKeys], only, alsoCalled });
  const seconds = numberAt(section, key.connectTimeout, { ...connectTimeoutRange, minimum: 1 });
  const connectTimeoutMs = Math.round((seconds ?? defaultConnectTimeoutSeconds) * 1000);
  const http = readGhAwHttp(section);
  if ('unavailable' in http)
    return { key, transport: http.http, connectTimeoutMs, unavailable: http.unavailable };
  return { key, transport: http, connectTimeoutMs };
}

/** Here an empty list means all tools. */
function readTools(section: Section, key: string): readonly string[] | undefined {
  const tools = namesAt(section, key);
  return tools === undefined || tools.length === 0 || tools.includes('*') ? undefined : tools;
}

/** Seconds; 0 is the same as not given. */
function readToolTimeout(section: Section, key: string): number | undefined {
  if (valueAt(section, key) === 0) return undefined;
  const seconds = numberAt(section, key, { ...toolTimeoutRange, minimum: minToolTimeoutSeconds });
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

function readBreaker(section: Section, key: SpelledKeys<CommonKey>): RateLimitBreakerConfig {
  const threshold = wholeNumberAt(section, key.rateLimitThreshold, rateLimitThresholdRange);
  const seconds = numberAt(section, key.rateLimitCooldown, rateLimitCooldownRange);
  return {
    threshold: threshold ?? defaultRateLimitThreshold,
    cooldownMs: Math.round((seconds ?? defaultRateLimitCooldownSeconds) * 1000),
  };
}
