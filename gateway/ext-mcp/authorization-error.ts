import {
  type AuthorizationError,
  AuthorizationError_Code as Code,
} from '../../proto/gen/agentgateway/dev/ext_mcp/ext_mcp.ts';
import { parseLossless } from '../lossless-json.ts';
import { outcomeKeys } from '../outcome.ts';
import { type ClientFailure, internalFailure } from '../rpc/client-failure.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';

/** Our own `_meta`, or the `data` of our errors. */
interface OutcomeFacts {
  readonly outcome: unknown;
  readonly reason: unknown;
}

const invalid: ReadonlySet<number> = new Set([
  rpcCodes.parseError,
  rpcCodes.invalidRequest,
  rpcCodes.methodNotFound,
  rpcCodes.invalidParams,
]);

/** Reasons for which there is room or time later. */
const exhausted: ReadonlySet<unknown> = new Set(['QUEUE_FULL', 'RATE_LIMITED']);

/** The error by which agentgateway refuses a request or a response. */
export function authorizationError({ code, message, data }: ClientFailure): AuthorizationError {
  return {
    code: invalid.has(code) ? Code.INVALID : codeOf(factsIn(data)),
    reason: message,
    ...(data !== undefined && { mcpError: Buffer.from(data) }),
  };
}

/** The same for a tool result that says why the tool was not called: before it is, there is no place for a result. */
export function errorOfResult(result: string): AuthorizationError {
  const { content, _meta } = refusalIn(parseLossless(result)) ?? {};
  if (content === undefined || _meta === undefined) return authorizationError(internalFailure);
  const data = JSON.stringify(_meta);
  return { code: codeOf(factsIn(data)), reason: content, mcpError: Buffer.from(data) };
}

function codeOf({ outcome, reason }: OutcomeFacts): AuthorizationError['code'] {
  if (outcome === 'denied') return Code.PERMISSION_DENIED;
  return exhausted.has(reason) ? Code.RESOURCE_EXHAUSTED : Code.UNKNOWN;
}

function factsIn(data: string | undefined): OutcomeFacts {
  const value: unknown = data === undefined ? undefined : JSON.parse(data);
  const facts = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return { outcome: facts.get(outcomeKeys.outcome), reason: facts.get(outcomeKeys.reason) };
}

/** The sentence and the `_meta` of a tool result of the gateway's own that is an error. */
function refusalIn(value: unknown): { content: string; _meta: object } | undefined {
  if (typeof value !== 'object' || value === null || !('content' in value) || !('_meta' in value))
    return undefined;
  const { content, _meta } = value;
  const [item]: unknown[] = Array.isArray(content) ? content : [];
  if (typeof item !== 'object' || item === null || !('text' in item) || typeof item.text !== 'string')
    return undefined;
  return typeof _meta === 'object' && _meta !== null ? { content: item.text, _meta } : undefined;
}
