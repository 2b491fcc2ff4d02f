import type { ServerConfig } from '../config/gateway-config.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../policy/json-value.ts';
import type { GhAwGuard } from './gh-aw-guards.ts';

/**
 * The `guards` section for the sidecar: the WASM guards that servers use. No policies: those come with each session, and
 * a file needs no more secrets than it must have.
 */
export function sidecarGuards(
  servers: readonly ServerConfig[],
  declared: ReadonlyMap<string, GhAwGuard>,
): JsonObject {
  const used = servers.flatMap(({ guard }) => (guard.kind === 'wasm' ? [guard] : []));
  const entries = used.map(({ name, file }) => {
    const { pins = {} } = declared.get(name) ?? {};
    return [name, literal({ type: 'wasm', path: file, ...pins })] as const;
  });
  return { guards: Object.fromEntries(entries) };
}

/** The value in our own dialect, where a text that holds `${` spells it `$${`. */
function literal(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (isJsonList(value)) return value.map(literal);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, literal(entry)]));
}
