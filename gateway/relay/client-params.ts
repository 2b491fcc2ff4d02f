import type { ToolCall } from '../backend/backend.ts';
import { parseLossless } from '../lossless-json.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';

/** The params of a request, read once and written again: no member comes twice. Throws the client's error. */
export function expectParams(params = '{}'): string {
  return readable(() => JSON.stringify(parseObject(params)));
}

/**
 * What of a `tools/call` a guard is asked about, and the params for the server: the same arguments, the same bytes, and
 * whatever else the client has sent. Throws the client's error.
 */
export function expectToolCall(params = '{}'): { readonly call: ToolCall; readonly params: string } {
  const { arguments: args = {}, ...others } = readable(() => parseObject(params));
  const { name } = others;
  if (typeof name !== 'string')
    throw new RpcError(rpcCodes.invalidParams, 'tools/call needs the name of a tool');
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw new RpcError(rpcCodes.invalidParams, 'the arguments of a tool must be an object');
  const text = readable(() => JSON.stringify(args));
  const call = { tool: name, args: text };
  const rest = readable(() => JSON.stringify(others));
  return { call, params: `${rest.slice(0, -1)},"arguments":${text}}` };
}

/** The JSON of the token by which the client wants to hear of progress. `params` is the JSON of an object. */
export function progressTokenOf(params: string): string | undefined {
  if (!params.includes('"progressToken"')) return undefined;
  const meta = rawMembers(params).get('_meta');
  return meta?.startsWith('{') ? rawMembers(meta).get('progressToken') : undefined;
}

/**
 * The trace that a request belongs to, as its `_meta.traceparent` has it (W3C trace context); nothing where it has none.
 * `params` is the JSON of an object.
 */
export function traceIdOf(params: string): string | undefined {
  if (!params.includes('"traceparent"')) return undefined;
  const meta = rawMembers(params).get('_meta');
  const parent = meta?.startsWith('{') ? rawMembers(meta).get('traceparent') : undefined;
  return /^"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}"$/.exec(parent ?? '')?.[1];
}

/** The raw id that a cancellation names; empty, which is no id, where it names none. */
export function requestIdOf(params = '{}'): string {
  try {
    return rawMembers(params).get('requestId') ?? '';
  } catch {
    return '';
  }
}

function parseObject(params: string): Readonly<Record<string, unknown>> {
  const value = parseLossless(params);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object(value);
  throw new RpcError(rpcCodes.invalidParams, 'the params of a request must be an object');
}

/** Throws what the client is told where its params cannot be read, or not be written again. */
function readable<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (error instanceof RangeError)
      throw new RpcError(rpcCodes.invalidParams, 'the params are nested too deeply: send flatter ones');
    throw new RpcError(rpcCodes.parseError, 'the params are no JSON');
  }
}
