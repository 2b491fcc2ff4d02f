import type { ToolCall } from '../backend/backend.ts';
import type { ToolDefinition } from '../backend/tool-definition.ts';
import { decodeHeaderValue } from '../modern/header-value.ts';
import { mirroredParams, paramHeaders } from '../modern/param-headers.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';

/** A call, and the `Mcp-Param-…` headers that came with it. */
interface CallWithHeaders {
  readonly call: ToolCall;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The headers that repeat arguments, made from those arguments: what a client sends in them besides, nobody would judge.
 * Throws the client's error where they say something else than the arguments; none where the tool is not known.
 */
export function judgedParamHeaders(
  { call, headers = {} }: CallWithHeaders,
  tool: ToolDefinition | undefined,
): Readonly<Record<string, string>> {
  if (Object.keys(headers).length === 0) return {};
  const schema = tool && rawMembers(tool.text).get('inputSchema');
  const params = schema === undefined ? undefined : mirroredParams(schema);
  if (params === undefined) return {};
  const meant = paramHeaders(params, call.args);
  for (const { header } of params) {
    if (decoded(headers[header]) === decoded(meant[header])) continue;
    const sentence = `the header ${header} says something else than the arguments: send what they say`;
    throw new RpcError(rpcCodes.headerMismatch, sentence);
  }
  return meant;
}

function decoded(value: string | undefined): string | undefined {
  return value === undefined ? undefined : decodeHeaderValue(value);
}
