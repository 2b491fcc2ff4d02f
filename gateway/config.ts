/** The gateway's part of the configuration file, and the only place where the gateway reads its environment. */
import { aggregatedNameProblems } from './config/aggregated-names.ts';
import { ConfigError } from './config/config-error.ts';
import { readContainers } from './config/container-section.ts';
import { deepFreeze } from './config/deep-freeze.ts';
import { type Environment, variablesIn } from './config/expand-variables.ts';
import { extMcpProblems } from './config/ext-mcp-section.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { type ListenFlags, readGatewaySection } from './config/gateway-section.ts';
import { readGuardsSection } from './config/guards-section.ts';
import { parseJsonc } from './config/parse-jsonc.ts';
import { privilegeProblems } from './config/privileges-section.ts';
import { type Reading, refuseUnknownKeys, type Section, sectionAt, valueAt } from './config/section.ts';
import { readServersSection } from './config/servers-section.ts';
import { isRunId } from './http/run-id.ts';
import { isJsonObject } from './policy/json-value.ts';

/** Where a configuration is read. */
export interface ConfigSurroundings extends ListenFlags {
  /** The folder of the file, absolute: relative paths start here. */
  readonly folder: string;
  readonly env: Environment;
}

/** The environment of the gateway itself. */
export function ownEnvironment(): Environment {
  return process.env;
}

/** Whether whoever started the gateway wants colours on a terminal (no-color.org). */
export function wantsColour({ NO_COLOR = '', TERM = '' }: Environment = process.env): boolean {
  return NO_COLOR === '' && TERM !== 'dumb';
}

/** What no program can do without, and what a server that is a process gets of the gateway's own environment. */
const usualVariables = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'] as const;

/** The variables that every server's process gets beside the configured ones. Functions of a shell are code, so not those. */
export function usualEnvironment(env: Environment = process.env): Readonly<Record<string, string>> {
  const defined = usualVariables.flatMap((name) => {
    const value = env[name];
    return value === undefined || value.startsWith('()') ? [] : [[name, value] as const];
  });
  return Object.fromEntries(defined);
}

/** OpenTelemetry's variables for a sidecar of the gateway's own; the name of the service is the gateway's. */
export function telemetryEnvironment(env: Environment = process.env): Readonly<Record<string, string>> {
  const named = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith('OTEL_') && name !== 'OTEL_SERVICE_NAME' && value !== undefined
      ? [[name, value] as const]
      : [],
  );
  return Object.fromEntries(named);
}

/** The run of the agent whose client started the gateway (`--stdio`), from `SLUICE_RUN`. Throws a ConfigError. */
export function runOverStdio(env: Environment = process.env): string {
  const run = env.SLUICE_RUN ?? '';
  if (isRunId(run)) return run;
  throw new ConfigError(['SLUICE_RUN must be one word of at most 128 printable ASCII characters']);
}

/**
 * Reads the text of a configuration.
 *
 * @throws ConfigError everything that is wrong with it
 */
export function parseConfig(text: string, { folder, env, ...flags }: ConfigSurroundings): GatewayConfig {
  const root = parseRoot(text, { env, folder, problems: [] });
  const { problems } = root.reading;
  refuseUnknownKeys(root, ['gateway', 'guards', 'mcpServers']);
  if (valueAt(root, 'mcpServers') === undefined) problems.push('mcpServers: is missing: name the servers');
  const settings = readGatewaySection(sectionAt(root, 'gateway') ?? emptySection(root, 'gateway'), flags);
  const guards = readGuardsSection(sectionAt(root, 'guards') ?? emptySection(root, 'guards'));
  const containers = readContainers(sectionAt(root, 'gateway'), root.reading);
  const surroundings = { guards, toolTimeoutMs: settings.toolTimeoutMs, containers };
  const servers = readServersSection(
    sectionAt(root, 'mcpServers') ?? emptySection(root, 'mcpServers'),
    surroundings,
  );
  problems.push(...aggregatedNameProblems(servers, settings.separator));
  problems.push(...privilegeProblems(settings.privileges, servers));
  problems.push(...extMcpProblems(settings.extMcp, servers));
  if (problems.length > 0) throw new ConfigError(problems);
  return deepFreeze({ ...settings, servers, guardsEnvironment: guardsEnvironment(root) });
}

/**
 * The names of the variables that the `guards` section refers to, sorted: what a sidecar of the gateway's own must find
 * in its environment, and nothing else.
 *
 * @throws ConfigError for a text that is no configuration
 */
export function guardsSectionVariables(text: string): readonly string[] {
  return variablesOfGuards(parseRoot(text, { env: {}, folder: '', problems: [] }));
}

function variablesOfGuards(root: Section): readonly string[] {
  return [...new Set(variablesIn(valueAt(root, 'guards')))].sort();
}

function guardsEnvironment(root: Section): Readonly<Record<string, string>> {
  const { env } = root.reading;
  const defined = variablesOfGuards(root).flatMap((name) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(defined);
}

function parseRoot(text: string, reading: Reading): Section {
  const { value, problems } = parseJsonc(text);
  if (!isJsonObject(value)) throw new ConfigError(['the configuration must be one JSON object']);
  reading.problems.push(...problems);
  return { value, path: '', reading };
}

function emptySection({ reading }: Section, path: string): Section {
  return { value: {}, path, reading };
}
