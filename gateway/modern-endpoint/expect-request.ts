// What a request has to say of itself, in the order in which the revision has it checked.

import type { IncomingHttpHeaders } from 'node:http';
import { decodeHeaderValue } from '../modern/header-value.ts';
import { modernVersions } from '../modern/modern-version.ts';
import { metaKeys, metaOf } from '../modern/request-meta.ts';
import { meantName } from '../modern/standard-headers.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { type RpcNotification, type RpcRequest, stringFrom } from '../rpc/rpc-message.ts';
import { ModernRefusal } from './modern-refusal.ts';

/** The `_meta` of a request that says all it has to, as JSON. Throws the ModernRefusal of one that does not. */
export function expectRequest(request: RpcRequest, headers: IncomingHttpHeaders): string {
  const { meta, version } = expectMeta(request);
  expectHeader(headers, 'mcp-protocol-version', { meant: version, id: request.id });
  expectHeader(headers, 'mcp-method', { meant: request.method, id: request.id });
  expectName(request, headers);
  expectVersion(version, request.id);
  return meta;
}

/** The same of a notification, which has no `_meta`. */
export function expectNotification({ method }: RpcNotification, headers: IncomingHttpHeaders): void {
  expectHeader(headers, 'mcp-method', { meant: method });
}

/** The `Mcp-Param-…` headers of a request. Throws a ModernRefusal for one that is malformed. */
export function paramHeadersOf(
  { id, method }: RpcRequest,
  headers: IncomingHttpHeaders,
): Record<string, string> {
  if (method !== 'tools/call') return {};
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('mcp-param-')) continue;
    if (decodeHeaderValue(String(value)) === undefined)
      throw mismatch(`the header ${name} has characters that need base64: send =?base64?…?=`, id);
    found[name] = String(value);
  }
  return found;
}

function expectMeta({ id, params }: RpcRequest): { meta: string; version: string } {
  const meta = metaOf(params);
  if (meta === undefined) throw invalidParams('params need an object _meta, which says who asks', id);
  const members = rawMembers(meta);
  const version = stringFrom(members.get(metaKeys.protocolVersion));
  if (version === undefined) throw invalidParams(`_meta needs ${metaKeys.protocolVersion}, a string`, id);
  if (members.get(metaKeys.clientCapabilities)?.startsWith('{') !== true)
    throw invalidParams(`_meta needs ${metaKeys.clientCapabilities}, an object`, id);
  return { meta, version };
}

function expectHeader(
  headers: IncomingHttpHeaders,
  name: string,
  { meant, id }: { readonly meant: string; readonly id?: string },
): void {
  const said = headers[name];
  if (said === meant) return;
  const how = said === undefined ? 'is missing' : 'says something else than the body';
  throw mismatch(`the header ${name} ${how}: send what the body says`, id);
}

function expectName({ id, method, params }: RpcRequest, headers: IncomingHttpHeaders): void {
  const meant = meantName(method, params);
  const value = headers['mcp-name'];
  if (meant === undefined || (value === undefined && !meant.isRequired)) return;
  const said = value === undefined ? undefined : decodeHeaderValue(String(value));
  const isMalformed = value !== undefined && said === undefined;
  if (said === meant.name && !isMalformed) return;
  throw mismatch(
    'the header mcp-name does not say what the body says: send the name or the URI of params',
    id,
  );
}

function expectVersion(version: string, id: string): void {
  if (modernVersions.some((known) => known === version)) return;
  const data = JSON.stringify({ supported: modernVersions, requested: version });
  throw new ModernRefusal(
    { status: 400, code: rpcCodes.unsupportedVersion, data },
    `this revision is not spoken here: use ${modernVersions.join(' or ')}, or begin with initialize`,
    id,
  );
}

function invalidParams(sentence: string, id: string): ModernRefusal {
  return new ModernRefusal({ status: 400, code: rpcCodes.invalidParams }, sentence, id);
}

function mismatch(sentence: string, id?: string): ModernRefusal {
  return new ModernRefusal({ status: 400, code: rpcCodes.headerMismatch }, sentence, id);
}
