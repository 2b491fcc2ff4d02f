// What a request says of itself in `_meta`, since 2026-07-28: what legacy requests leave to `initialize`.

import { rawMembers } from '../rpc/raw-json.ts';
import { withMembers, withoutMembers } from '../rpc/raw-object.ts';
import { modernVersion } from './modern-version.ts';

/** The members of `_meta` that the revision gives a meaning. */
export const metaKeys = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** Those that a legacy request does not have. */
const requestKeys = [
  metaKeys.protocolVersion,
  metaKeys.clientInfo,
  metaKeys.clientCapabilities,
  metaKeys.logLevel,
] as const;

/** What a client is, as JSON each: in the legacy era it said so in `initialize`. */
export interface ClientIdentity {
  /** Of an object with name and version. */
  readonly clientInfo?: string | undefined;
  /** Of an object. */
  readonly clientCapabilities: string;
  /** Of a string: what it asked for with `logging/setLevel`. */
  readonly logLevel?: string | undefined;
}

/** The JSON of the `_meta` of params, or of a result; nothing where it is missing or no object. */
export function metaOf(object = '{}'): string | undefined {
  const meta = rawMembers(object).get('_meta');
  return meta?.startsWith('{') ? meta : undefined;
}

/** The object with this `_meta`, in the place of its own. */
export function withMeta(object: string | undefined, meta: string): string {
  return withMembers(object ?? '{}', [['_meta', meta]]);
}

/** A legacy request's params for a modern server: `_meta` says who asks, and keeps what else it had (`progressToken`). */
export function toModernParams(params: string | undefined, client: ClientIdentity): string {
  const { clientInfo, clientCapabilities, logLevel } = client;
  const own: [string, string][] = [
    [metaKeys.protocolVersion, JSON.stringify(modernVersion)],
    [metaKeys.clientCapabilities, clientCapabilities],
  ];
  if (clientInfo !== undefined) own.push([metaKeys.clientInfo, clientInfo]);
  if (logLevel !== undefined) own.push([metaKeys.logLevel, logLevel]);
  const kept = withoutMembers(metaOf(params) ?? '{}', requestKeys);
  return withMeta(params, withMembers(kept, own));
}

/** A modern request's params for a legacy server: `_meta` only where it says something else besides who asks. */
export function toLegacyParams(params: string): string {
  const meta = metaOf(params);
  if (meta === undefined) return params;
  const kept = withoutMembers(meta, requestKeys);
  return kept === '{}' ? withoutMembers(params, ['_meta']) : withMeta(params, kept);
}

/**
 * The params of a notification, or a result, with another `subscriptionId` where it has one: a client knows its
 * subscription by the id of its own request. `id` is the JSON of it.
 */
export function withSubscription(object: string, id: string): string {
  const meta = metaOf(object);
  if (meta === undefined || !rawMembers(meta).has(metaKeys.subscriptionId)) return object;
  return withMeta(object, withMembers(meta, [[metaKeys.subscriptionId, id]]));
}
