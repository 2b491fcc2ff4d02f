/**
 * Which dialect a JSON configuration is written in. One rule: it is gh-aw's when its `gateway` section has a key that
 * only gh-aw's gateway knows, of which it demands `port` and `domain`, or when it has `customSchemas`. What comes by
 * `--config-stdin` and what is TOML is gh-aw's, too: both are that gateway's own.
 */
import { isJsonObject, type JsonValue } from '../policy/json-value.ts';
import { gatewayKeys } from './gh-aw-gateway.ts';

/** Keys that Sluice's own dialect has as well. */
const sharedKeys: readonly string[] = ['apiKey', 'toolTimeout'];

/** True for the JSON of gh-aw's gateway, well-formed or not. */
export function isGhAwDialect(root: JsonValue): boolean {
  if (!isJsonObject(root)) return false;
  if (Object.hasOwn(root, 'customSchemas')) return true;
  const { gateway } = root;
  if (!isJsonObject(gateway)) return false;
  return gatewayKeys.names.some((key) => !sharedKeys.includes(key) && Object.hasOwn(gateway, key));
}
