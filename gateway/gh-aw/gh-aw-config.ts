/** A configuration of gh-aw's MCP gateway, read into our own (compat.md 1.6 and 1.7). */
import { aggregatedNameProblems } from '../config/aggregated-names.ts';
import { ConfigError } from '../config/config-error.ts';
import { deepFreeze } from '../config/deep-freeze.ts';
import type { Environment } from '../config/expand-variables.ts';
import type { GatewayConfig, TlsConfig } from '../config/gateway-config.ts';
import {
  type Reading,
  refuseUnknownKeys,
  report,
  type Section,
  sectionAt,
  valueAt,
} from '../config/section.ts';
import { booleanAt, wordAt } from '../config/section-values.ts';
import { isJsonObject, type JsonObject } from '../policy/json-value.ts';
import type { DiscoveredGuard } from './discovered-guards.ts';
import { type GhAwGateway, readGhAwGateway } from './gh-aw-gateway.ts';
import { type GhAwGuard, readGhAwGuards } from './gh-aw-guards.ts';
import type { GhAwOptions } from './gh-aw-options.ts';
import type { GuardRules } from './gh-aw-server-guard.ts';
import { readGhAwServers } from './gh-aw-servers.ts';
import type { TelemetryConfig } from './gh-aw-telemetry.ts';
import { sidecarGuards } from './sidecar-guards.ts';
import type { Format } from './spelled-keys.ts';
import type { Announcement } from './startup-document.ts';
import type { WorkflowRepository } from './workflow-repository.ts';

/** What such a configuration says. */
export interface GhAwConfig {
  readonly config: GatewayConfig;
  /** The `guards` section of our own dialect, for the sidecar: absolute paths, and nothing left to fill in. */
  readonly guards: JsonObject;
  readonly announcement: Announcement;
  readonly telemetry: TelemetryConfig | undefined;
  /** What the operator should know: one sentence each. */
  readonly notes: readonly string[];
}

/** Where such a configuration is read, and all that was found out before. */
export interface GhAwSurroundings {
  readonly format: Format;
  readonly env: Environment;
  /** Absolute: relative paths start here. */
  readonly folder: string;
  readonly options: GhAwOptions;
  readonly tls: TlsConfig | undefined;
  readonly discovered: ReadonlyMap<string, DiscoveredGuard>;
  readonly workflow: WorkflowRepository;
  readonly randomKey: string;
}

/**
 * Reads the root object of a configuration. `problems`: what is wrong with its text and with what stands around it.
 *
 * @throws ConfigError everything that is wrong with it
 */
export function readGhAwConfig(
  value: JsonObject,
  around: GhAwSurroundings,
  earlierProblems: readonly string[] = [],
): GhAwConfig {
  const problems = [...earlierProblems];
  const reading: Reading = {
    env: around.env,
    folder: around.folder,
    problems,
    variables: around.format === 'json' ? 'named' : 'none',
  };
  const root: Section = { value, path: '', reading };
  refuseRootKeys(root, around.format);
  const gateway = readGhAwGateway(sectionAt(root, 'gateway') ?? empty(root, 'gateway'), around);
  const guards = readGhAwGuards(sectionAt(root, 'guards') ?? empty(root, 'guards'));
  const guardRules = rulesOf(gateway, guards, around);
  const servers = readGhAwServers(serversOf(root, around.format), {
    format: around.format,
    gateway,
    guardRules,
  });
  const guardsMode = gateway.settings.guardsMode ?? readGuardsMode(root);
  const nameProblems = aggregatedNameProblems(servers, gateway.settings.separator);
  // Names on /mcp matter only to agents that are sent there.
  if (around.options.unified) problems.push(...nameProblems);
  if (problems.length > 0) throw new ConfigError(problems);
  return deepFreeze({
    config: { ...gateway.settings, guardsMode, servers, guardsEnvironment: {} },
    guards: sidecarGuards(servers, guards),
    announcement: announcementOf(gateway, around.options),
    telemetry: gateway.telemetry,
    notes: [
      ...around.options.notes,
      ...gateway.notes,
      ...rootNotes(root),
      ...serverNotes(root),
      ...nameProblems,
    ],
  });
}

/** The names of the servers, good or not: a guard is looked for under each. */
export function serverNames(root: JsonObject, format: Format): readonly string[] {
  const servers = root[serversKey(format)];
  const names = isJsonObject(servers) ? Object.keys(servers) : [];
  return names.filter((name) => /^[A-Za-z0-9_.-]{1,64}$/.test(name) && name !== '.' && name !== '..');
}

function serversKey(format: Format): string {
  return format === 'json' ? 'mcpServers' : 'servers';
}

function refuseRootKeys(root: Section, format: Format): void {
  const tables = [serversKey(format), 'gateway', 'guards'];
  refuseUnknownKeys(root, [
    ...tables,
    ...(format === 'json' ? ['customSchemas'] : ['guards_mode', 'sequential_launch']),
  ]);
  booleanAt(root, 'sequential_launch');
  const schemas = sectionAt(root, 'customSchemas');
  for (const name of Object.keys(schemas?.value ?? {})) {
    if (schemas !== undefined && valueAt(schemas, name) !== '')
      report(schemas, name, 'schemas are not fetched and servers of custom types not supported: remove it');
  }
}

function serversOf(root: Section, format: Format): Section {
  const key = serversKey(format);
  if (valueAt(root, key) === undefined) report(root, key, 'is missing: name the servers');
  return sectionAt(root, key) ?? empty(root, key);
}

function readGuardsMode(root: Section): GatewayConfig['guardsMode'] {
  return wordAt(root, 'guards_mode', ['strict', 'filter', 'propagate']);
}

function rulesOf(
  gateway: GhAwGateway,
  guards: ReadonlyMap<string, GhAwGuard>,
  { discovered, workflow, options }: GhAwSurroundings,
): GuardRules {
  // In the sidecar a discovered guard has the name of its server, unless a configured one has it.
  const names = [...discovered.keys()].map((server) => [server, freeName(server, guards)] as const);
  return {
    guards,
    discovered,
    discoveredNames: new Map(names),
    globalPolicy: options.policy,
    trustedBots: gateway.trustedBots,
    workflow,
    narrowsToPublic: options.forcePublicRepos && gateway.forcePublicRepos !== false,
    forcePublicRepos: gateway.forcePublicRepos,
    sinkVisibilityExemptServers: gateway.sinkVisibilityExemptServers,
  };
}

function freeName(server: string, guards: ReadonlyMap<string, GhAwGuard>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? server : `${server.slice(0, 56)}.${number}`;
    if (!guards.has(name)) return name;
  }
}

function announcementOf(gateway: GhAwGateway, { unified }: GhAwOptions): Announcement {
  const { domain, port, authorization, settings } = gateway;
  return { domain, port, authorization, unified, isTls: settings.tls !== undefined };
}

function rootNotes(root: Section): string[] {
  return valueAt(root, 'sequential_launch') === undefined
    ? []
    : ['sequential_launch: has no effect: servers are started when they are first called'];
}

/** Keys that gh-aw's gateway reads and does nothing with, and neither does this one. */
function serverNotes({ value }: Section): string[] {
  const idle = [
    ['guards', 'config', 'nobody reads it: what a guard is to know belongs into its policy'],
    ['servers', 'working_directory', 'programs run in the folder of the configuration'],
  ] as const;
  return idle.flatMap(([table, key, why]) => {
    const entries = isJsonObject(value[table]) ? Object.entries(value[table]) : [];
    const named = entries.filter(([, entry]) => isJsonObject(entry) && Object.hasOwn(entry, key));
    return named.map(([name]) => `${table}.${name}.${key}: has no effect: ${why}`);
  });
}

function empty({ reading }: Section, path: string): Section {
  return { value: {}, path, reading };
}
