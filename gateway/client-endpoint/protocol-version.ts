import { RpcHttpError } from '../http/http-error.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcRequest } from '../rpc/rpc-message.ts';

/** The revisions of MCP that begin with `initialize`, oldest first. */
export const protocolVersions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;
export type ProtocolVersion = (typeof protocolVersions)[number];

const newest: ProtocolVersion = '2025-11-25';
/** What a client speaks that does not say it: the header came with the revision after this one. */
const unnamed: ProtocolVersion = '2025-03-26';

/** The revision for a session: the one that `initialize` asks for, or the newest where we do not know it. */
export function negotiatedVersion({ params = '{}' }: RpcRequest): ProtocolVersion {
  const asked = rawMembers(params).get('protocolVersion');
  if (asked?.startsWith('"')) return knownVersion(asked.slice(1, -1)) ?? newest;
  throw new RpcHttpError(400, rpcCodes.invalidParams, 'initialize needs the protocolVersion of the client');
}

/** The revision that a request is written in, from `MCP-Protocol-Version`. Throws 400 for one that we do not know. */
export function versionFromHeader(header: string | string[] | undefined): ProtocolVersion {
  if (header === undefined) return unnamed;
  const version = knownVersion(String(header));
  if (version !== undefined) return version;
  throw new RpcHttpError(
    400,
    rpcCodes.invalidRequest,
    `MCP-Protocol-Version must be one of ${protocolVersions.join(', ')}: send the one that initialize returned`,
  );
}

/** Whether a body may be an array of messages. */
export function hasBatches(version: ProtocolVersion): boolean {
  return version <= '2025-03-26';
}

/** Whether clients take an event without data for an id to resume from (SEP-1699); older ones take it for an error. */
export function hasEmptyEvents(version: ProtocolVersion): boolean {
  return version >= '2025-11-25';
}

function knownVersion(text: string): ProtocolVersion | undefined {
  return protocolVersions.find((version) => version === text);
}
