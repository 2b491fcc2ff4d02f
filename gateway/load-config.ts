import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { type ConfigSource, ghAwFlags } from './command-line.ts';
import { ConfigError } from './config/config-error.ts';
import type { Environment } from './config/expand-variables.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { parseJsonc } from './config/parse-jsonc.ts';
import { readConfigStream, readConfigText } from './config/read-config-text.ts';
import { parseConfig } from './config.ts';
import { isGhAwDialect } from './gh-aw/gh-aw-dialect.ts';
import type { TelemetryConfig } from './gh-aw/gh-aw-telemetry.ts';
import { loadGhAw } from './gh-aw/load-gh-aw.ts';
import { type Flags, OutsideSettings } from './gh-aw/outside-settings.ts';
import { parseToml } from './gh-aw/parse-toml.ts';
import { readShutdownTimeout } from './gh-aw/shutdown-timeout.ts';
import type { Announcement } from './gh-aw/startup-document.ts';
import type { WorkflowRepository } from './gh-aw/workflow-repository.ts';
import type { JsonObject } from './policy/json-value.ts';

/** A configuration of either dialect, ready to start with. */
export interface LoadedConfig {
  readonly dialect: 'sluice' | 'gh-aw';
  readonly config: GatewayConfig;
  /** What a sidecar of the gateway's own reads: the file itself, or an object that has to be put into one. */
  readonly guards:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'object'; readonly value: JsonObject };
  /** Given in gh-aw's dialect: what is told on standard output. */
  readonly announcement: Announcement | undefined;
  readonly telemetry: TelemetryConfig | undefined;
  /** How long the gateway may take to stop, in milliseconds; undefined: as long as its parts need. */
  readonly shutdownTimeoutMs: number | undefined;
  /** What the operator should know: one sentence each. */
  readonly notes: readonly string[];
}

/** What a configuration is read with. */
export interface LoadOptions {
  readonly source: ConfigSource;
  readonly flags: Flags;
  readonly env: Environment;
  readonly stdin: AsyncIterable<Buffer>;
  readonly ask: (env: Environment) => Promise<WorkflowRepository>;
  /** The key of clients where a configuration of gh-aw's has none: 64 hex digits, the same for as long as the gateway runs. */
  readonly randomKey: string;
}

/**
 * Reads a configuration in the dialect that it is written in.
 *
 * @throws ConfigError everything that is wrong with it
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { source, flags, stdin } = options;
  const env = await withEnvFile(options);
  if (source.kind === 'stdin') {
    const text = await readConfigStream(stdin, 'the configuration on standard input');
    return await loadForeign(text, { ...options, env, format: 'json', folder: resolve() });
  }
  const folder = dirname(resolve(source.path));
  const text = await readConfigText(source.path);
  if (source.path.endsWith('.toml'))
    return await loadForeign(text, { ...options, env, format: 'toml', folder });
  if (isGhAwDialect(parseJsonc(text).value))
    return await loadForeign(text, { ...options, env, format: 'json', folder });
  return loadOwn(text, { path: resolve(source.path), env, flags });
}

async function loadForeign(
  text: string,
  around: Pick<LoadOptions, 'flags' | 'env' | 'ask' | 'randomKey'> & {
    format: 'json' | 'toml';
    folder: string;
  },
): Promise<LoadedConfig> {
  const { guards, ...loaded } = await loadGhAw(
    around.format === 'toml' ? parseToml(text) : parseJsonc(text),
    around,
  );
  return { dialect: 'gh-aw', ...loaded, guards: { kind: 'object', value: guards } };
}

function loadOwn(
  text: string,
  { path, env, flags }: { path: string; env: Environment; flags: Flags },
): LoadedConfig {
  const settings = new OutsideSettings(flags, {});
  const shutdownTimeoutMs = readShutdownTimeout(settings);
  const foreign = Object.keys(ghAwFlags).filter((name) => flags.has(name));
  for (const name of foreign)
    settings.refuse(
      { name: `--${name}` },
      "is for configurations of gh-aw's: write it into this one instead",
    );
  if (settings.problems.length > 0) throw new ConfigError(settings.problems);
  const listening = { listen: flags.get('listen'), extMcpListen: flags.get('ext-mcp-listen') };
  const config = parseConfig(text, { folder: dirname(path), env, ...listening });
  const guards = { kind: 'file', path } as const;
  return {
    dialect: 'sluice',
    config,
    guards,
    announcement: undefined,
    telemetry: undefined,
    shutdownTimeoutMs,
    notes: [],
  };
}

/** The variables of `--env FILE` come before the gateway's own. */
async function withEnvFile({ flags, env }: LoadOptions): Promise<Environment> {
  const path = flags.get('env');
  return path === undefined ? env : { ...env, ...parseEnv(await readConfigText(path)) };
}
