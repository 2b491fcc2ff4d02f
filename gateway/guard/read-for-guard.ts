import {
  type BackendCall,
  BackendErrorCode,
  type BackendResult,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { callRequest } from '../backend/backend.ts';
import type { ServerLink } from '../backend/server-link.ts';
import type { ToolDefinition } from '../backend/tool-definition.ts';
import { asGatewayError } from '../gateway-error.ts';
import { parseLossless } from '../lossless-json.ts';
import { type Audience, outsideAudience } from '../monitor/audience.ts';
import type { Labels } from '../monitor/labels.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import { spanName } from '../telemetry/attributes.ts';
import { type GuardNames, inReadSpan } from '../telemetry/read-span.ts';
import { nameTool } from '../telemetry/request-span.ts';
import { sendingTrace } from '../telemetry/trace-context.ts';

/** What gh-aw's GitHub guard looks up; its server does not annotate all of them. */
const githubGuardTools = [
  'search_repositories',
  'issue_read',
  'pull_request_read',
  'get_collaborator_permission',
];
const githubGuardFile = /(^|\/)(00-)?github-guard\.wasm$/;

/** What a guard may do with the backend of its server. */
export interface ReadAccess {
  readonly backend: Pick<ServerLink, 'findTool' | 'request'>;
  /** The tools that it may call; where the operator named none, those that the server annotates as read-only. */
  readonly backendTools: readonly string[] | undefined;
  readonly audience: Audience;
  /** The guard and the server, as they are configured. */
  readonly names: GuardNames;
  /** The file of the guard. */
  readonly guardFile: string;
  /** The labels of the agent at this moment: what the guard sends out may carry what the agent knows. */
  readonly agent: () => Labels;
}

type Outcome = BackendResult['outcome'];

/** As the guard ABI has them. */
type ErrorName =
  | 'INTERNAL'
  | 'INVALID_ARGUMENT'
  | 'UNAVAILABLE'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'RATE_LIMITED'
  | 'CANCELLED';

/** The most that a guard may read, as the sidecar has it; above twice this a message would break the whole session. */
const maxResultBytes = 16 * 1024 * 1024;

/** Calls a tool for a guard, for reading only: its credentials are what a hostile guard would borrow. */
export async function readForGuard(
  access: ReadAccess,
  call: BackendCall,
  signal: AbortSignal,
): Promise<Outcome> {
  return inReadSpan(access.names, call.traceparent, async (tell) => {
    const outcome = await read(access, call, signal).catch((error: unknown) =>
      failed(signal.aborted ? 'CANCELLED' : errorCode(error), asGatewayError(error).message),
    );
    tell(codeOf(outcome));
    return outcome;
  });
}

async function read(access: ReadAccess, call: BackendCall, signal: AbortSignal): Promise<Outcome> {
  const args = parseObject(call.args);
  if (args === undefined) return failed('INVALID_ARGUMENT', 'the arguments must be a JSON object');
  const tool = await access.backend.findTool(call.tool, signal);
  if (tool === undefined) return failed('NOT_FOUND', `the server has no tool ${call.tool}`);
  nameTool(spanName.callBackend, tool.name);
  if (!mayRead(access, tool))
    return failed('PERMISSION_DENIED', `the guard may not call ${call.tool}; see backendTools`);
  // Nothing is waited for between this and sending the call.
  if (outsideAudience(access.agent().secrecy, access.audience).length > 0)
    return failed('PERMISSION_DENIED', 'the agent knows what may not be sent to this server');
  const request = callRequest({ tool: call.tool, args });
  const send = sendingTrace((signal) => access.backend.request(request, signal));
  const json = Buffer.from(await send(signal));
  if (json.length <= maxResultBytes) return { $case: 'json', value: json };
  return failed(
    'RESOURCE_EXHAUSTED',
    `the result has ${json.length} bytes, and a guard may read ${maxResultBytes}`,
  );
}

function mayRead(access: ReadAccess, tool: ToolDefinition): boolean {
  if (access.backendTools !== undefined) return access.backendTools.includes(tool.name);
  if (githubGuardFile.test(access.guardFile) && githubGuardTools.includes(tool.name)) return true;
  return tool.isReadOnly;
}

/** The arguments again as text, one JSON object whose keys are unique. */
function parseObject(json: Uint8Array): string | undefined {
  try {
    const value = parseLossless(Buffer.from(json).toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? JSON.stringify(value) : undefined;
  } catch {
    return undefined;
  }
}

function errorCode(error: unknown): ErrorName {
  const { code, cause } = asGatewayError(error);
  const status = cause instanceof TransportError ? cause.status : undefined;
  if (status === 401 || status === 403) return 'PERMISSION_DENIED';
  if (status === 429) return 'RATE_LIMITED';
  return code === 'BACKEND_UNAVAILABLE' ? 'UNAVAILABLE' : 'INTERNAL';
}

function failed(name: ErrorName, message: string): Outcome {
  const code = BackendErrorCode[`BACKEND_ERROR_CODE_${name}`];
  return { $case: 'error', value: { code, message, retryAfterMs: 0 } };
}

/** As the guard ABI has it. */
function codeOf(outcome: Outcome): string {
  if (outcome?.$case !== 'error') return 'OK';
  return codeNames.get(outcome.value.code) ?? 'INTERNAL';
}

const codeNames = new Map<number, string>(
  Object.entries(BackendErrorCode).map(([name, code]) => [code, name.replace(/^BACKEND_ERROR_CODE_/, '')]),
);
