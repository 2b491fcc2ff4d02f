import { readBounds } from './bounds-section.ts';
import { connectTimeoutRange, defaultConnectTimeoutSeconds } from './config-limits.ts';
import { type Containers, readContainer } from './container-section.ts';
import type { ServerConfig } from './gateway-config.ts';
import { readToolTimeout } from './gateway-section.ts';
import type { GuardDeclaration } from './guards-section.ts';
import { policyAt } from './policy-at.ts';
import { namedSections, refuseUnknownKeys, report, type Section, valueAt } from './section.ts';
import { namesAt, numberAt, textMapAt, wordAt } from './section-values.ts';
import { readServerGuard } from './server-guard.ts';
import { readHttp, readStdio, readTransportType, transportKeys } from './server-transport.ts';
import { readRateLimitBreaker } from './shaping-sections.ts';

const commonKeys = [
  'type',
  'guard',
  'guard-policies',
  'tools',
  'audience',
  'bounds',
  'integrity',
  'connection',
  'connectTimeout',
  'toolTimeout',
  'responseFilters',
  'rateLimitBreaker',
];

/** What holds for servers that do not say otherwise, and what they refer to. */
export interface ServerSurroundings {
  readonly guards: ReadonlyMap<string, GuardDeclaration>;
  readonly toolTimeoutMs: number;
  readonly containers: Containers;
}

/** Reads the `mcpServers` section, in its order. */
export function readServersSection(servers: Section, surroundings: ServerSurroundings): ServerConfig[] {
  return namedSections(servers).map(({ name, section }) => readServer(name, section, surroundings));
}

function readServer(
  name: string,
  section: Section,
  { guards, toolTimeoutMs, containers }: ServerSurroundings,
): ServerConfig {
  const policy = policyAt(section, 'guard-policies', name);
  return {
    name,
    transport: readTransport(section, containers),
    guard: readServerGuard(section, { serverName: name, policy, guards }),
    tools: readTools(section),
    audience: namesAt(section, 'audience') ?? ['*'],
    bounds: readBounds(section),
    integrity: namesAt(section, 'integrity') ?? ['*'],
    connection: wordAt(section, 'connection', ['session', 'shared']) ?? 'session',
    connectTimeoutMs: readConnectTimeout(section) ?? defaultConnectTimeoutSeconds * 1000,
    toolTimeoutMs: readToolTimeout(section) ?? toolTimeoutMs,
    responseFilters: textMapAt(section, 'responseFilters') ?? {},
    rateLimitBreaker: readRateLimitBreaker(section),
  };
}

/** Reads `connectTimeout`, which is in seconds, as milliseconds. */
function readConnectTimeout(section: Section): number | undefined {
  const seconds = numberAt(section, 'connectTimeout', connectTimeoutRange);
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

function readTransport(section: Section, containers: Containers): ServerConfig['transport'] {
  const type = readTransportType(section);
  const isContainer = type !== 'http' && valueAt(section, 'container') !== undefined;
  const allKeys = Object.values(transportKeys).flat();
  const ownKeys = type === undefined ? allKeys : transportKeys[isContainer ? 'container' : type];
  refuseUnknownKeys(section, [...commonKeys, ...ownKeys]);
  if (isContainer) return readContainer(section, containers);
  const isHttp = type === 'http' || (type === undefined && valueAt(section, 'url') !== undefined);
  return isHttp ? readHttp(section) : readStdio(section);
}

/** An empty list means all in gh-aw's gateway and none to most readers: nobody should have to guess. */
function readTools(section: Section): readonly string[] | undefined {
  const tools = namesAt(section, 'tools');
  if (tools?.length === 0)
    report(section, 'tools', 'is empty: name the tools, or leave it out for all of them');
  return tools?.includes('*') ? undefined : tools;
}
