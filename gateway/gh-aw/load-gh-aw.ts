/** All that reading a configuration of gh-aw's takes beside its text: guards' folders, certificates, a question to GitHub. */
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../config/config-error.ts';
import type { Environment } from '../config/expand-variables.ts';
import type { ParsedText } from '../config/parse-jsonc.ts';
import { isJsonObject } from '../policy/json-value.ts';
import { discoverGuards, guardPlaces } from './discovered-guards.ts';
import { type GhAwConfig, readGhAwConfig, serverNames } from './gh-aw-config.ts';
import { readGhAwOptions } from './gh-aw-options.ts';
import type { Flags } from './outside-settings.ts';
import { readTlsFiles } from './read-tls-files.ts';
import type { Format } from './spelled-keys.ts';
import type { WorkflowRepository } from './workflow-repository.ts';

/** Where such a configuration is read. */
export interface LoadSurroundings {
  readonly format: Format;
  readonly flags: Flags;
  readonly env: Environment;
  /** Absolute: relative paths start here. */
  readonly folder: string;
  /** The key of clients where none is configured: 64 hex digits, the same for as long as the gateway runs. */
  readonly randomKey: string;
  /** Asks how visible the workflow's repository is, where the answer would change anything. */
  readonly ask: (env: Environment) => Promise<WorkflowRepository>;
}

/** As `GhAwConfig`, and how long the gateway may take to stop. */
export interface LoadedGhAw extends GhAwConfig {
  readonly shutdownTimeoutMs: number | undefined;
}

/**
 * Reads a parsed configuration.
 *
 * @throws ConfigError everything that is wrong with it and with the flags and variables
 */
export async function loadGhAw(parsed: ParsedText, around: LoadSurroundings): Promise<LoadedGhAw> {
  const { format, flags, env, folder, randomKey } = around;
  const { value } = parsed;
  if (!isJsonObject(value)) throw new ConfigError(['the configuration must be one JSON object']);
  const problems = [...parsed.problems];
  if (flags.has('validate-env')) problems.push(...missingVariables(env));
  const options = readGhAwOptions(flags, env, problems);
  const tls = options.tls && (await readTlsFiles(options.tls, problems));
  const discovered = await discoverGuards(serverNames(value, format), guardPlaces(env));
  const read = (workflow: WorkflowRepository) =>
    readGhAwConfig(value, { format, env, folder, options, tls, discovered, workflow, randomKey }, problems);
  const workflow = await workflowFor(read, around);
  const loaded = read(workflow);
  return {
    ...loaded,
    notes: [...loaded.notes, ...workflowNotes(workflow)],
    shutdownTimeoutMs: options.shutdownTimeoutMs,
  };
}

/** Nobody is asked where a public repository would change nothing. */
async function workflowFor(
  read: (workflow: WorkflowRepository) => GhAwConfig,
  { ask, env }: LoadSurroundings,
): Promise<WorkflowRepository> {
  const alone = read({ kind: 'none' });
  const underPublic = read({ kind: 'known', visibility: 'public' });
  return isDeepStrictEqual(alone.config, underPublic.config) ? { kind: 'none' } : await ask(env);
}

function workflowNotes(workflow: WorkflowRepository): string[] {
  if (workflow.kind === 'unknown') return [`the workflow's repository counts as public: ${workflow.reason}`];
  const isPublic = workflow.kind === 'known' && workflow.visibility === 'public';
  return isPublic
    ? ["the workflow's repository is public: policies are narrowed to public repositories"]
    : [];
}

/** What `--validate-env` asks for: what the entry point of gh-aw's image sets. */
function missingVariables(env: Environment): string[] {
  const isSet = (name: string) => (env[name] ?? '') !== '';
  const missing = ['MCP_GATEWAY_PORT', 'MCP_GATEWAY_DOMAIN'].filter((name) => !isSet(name));
  if (!isSet('MCP_GATEWAY_AGENT_ID') && !isSet('MCP_GATEWAY_API_KEY')) missing.push('MCP_GATEWAY_AGENT_ID');
  return missing.map((name) => `variable ${name} is not defined: set it in the environment`);
}
