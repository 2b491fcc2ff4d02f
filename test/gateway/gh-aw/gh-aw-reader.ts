import assert from 'node:assert/strict';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import type { ServerConfig } from '../../../gateway/config/gateway-config.ts';
import type { DiscoveredGuard } from '../../../gateway/gh-aw/discovered-guards.ts';
import { type GhAwConfig, readGhAwConfig } from '../../../gateway/gh-aw/gh-aw-config.ts';
import { readGhAwOptions } from '../../../gateway/gh-aw/gh-aw-options.ts';
import { parseToml } from '../../../gateway/gh-aw/parse-toml.ts';
import type { WorkflowRepository } from '../../../gateway/gh-aw/workflow-repository.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../gateway/policy/json-value.ts';

/** What stands around a configuration; nothing where nothing is given. */
export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, string>>;
  readonly discovered?: Readonly<Record<string, DiscoveredGuard>>;
  readonly workflow?: WorkflowRepository;
}

export const randomKey = 'f'.repeat(64);
export const folder = '/etc/gh-aw';

/** Reads the JSON of gh-aw's gateway. */
export function readJson(value: JsonValue, around: Around = {}): GhAwConfig {
  return read(value, 'json', around);
}

/** Reads its TOML. */
export function readToml(text: string, around: Around = {}): GhAwConfig {
  const { value, problems } = parseToml(text);
  return read(value, 'toml', around, problems);
}

function read(
  value: JsonValue,
  format: 'json' | 'toml',
  { env = {}, flags = {}, discovered = {}, workflow = { kind: 'none' } }: Around,
  earlier: readonly string[] = [],
): GhAwConfig {
  assert.ok(isJsonObject(value));
  const problems = [...earlier];
  const options = readGhAwOptions(new Map(Object.entries(flags)), env, problems);
  const found = new Map(Object.entries(discovered));
  const around = { format, env, folder, options, tls: undefined, discovered: found, workflow, randomKey };
  return readGhAwConfig(value, around, problems);
}

/** A whole configuration with these servers and what else is given. */
export function withServers(mcpServers: JsonObject, more: JsonObject = {}): JsonObject {
  const { gateway = {}, ...rest } = more;
  assert.ok(isJsonObject(gateway));
  return {
    gateway: { port: 8080, domain: 'localhost', agentId: 'a-key-of-the-tests', ...gateway },
    mcpServers,
    ...rest,
  };
}

/** A server that is reached by HTTP. */
export function remote(more: JsonObject = {}): JsonObject {
  return { type: 'http', url: 'http://127.0.0.1:9/mcp', ...more };
}

/** The only server of a configuration. */
export function onlyServer({ config }: GhAwConfig): ServerConfig {
  const [server, ...others] = config.servers;
  assert.ok(server !== undefined && others.length === 0);
  return server;
}

/** Everything that is wrong, one sentence each. */
export function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
}
