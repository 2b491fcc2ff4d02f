import {
  type BackendCall,
  BackendErrorCode,
  type BackendResult,
} from '../proto/gen/sluice/labeler/v1/labeler.ts';
import type { Backend, Tool } from './backend.ts';
import { asGatewayError } from './gateway-error.ts';
import { type Audience, outsideAudience } from './monitor/audience.ts';
import type { Labels } from './monitor/labels.ts';

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
  readonly backend: Backend;
  /** The tools that it may call; where the operator named none, those that the server annotates as read-only. */
  readonly backendTools: readonly string[] | undefined;
  readonly audience: Audience;
  /** The file of the guard. */
  readonly guardFile: string;
  /** The labels of the agent at this moment: what the guard sends out may carry what the agent knows. */
  readonly agent: () => Labels;
}

type Outcome = BackendResult['outcome'];

/** Calls a tool for a guard, for reading only: its credentials are what a hostile guard would borrow. */
export async function readForGuard(
  access: ReadAccess,
  call: BackendCall,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    if (outsideAudience(access.agent().secrecy, access.audience).length > 0) {
      return failed(
        BackendErrorCode.BACKEND_ERROR_CODE_PERMISSION_DENIED,
        'the agent knows what may not be sent to this server',
      );
    }
    const args = parseObject(call.args);
    if (args === undefined) {
      return failed(
        BackendErrorCode.BACKEND_ERROR_CODE_INVALID_ARGUMENT,
        'the arguments must be a JSON object',
      );
    }
    const tool = await access.backend.findTool(call.tool, signal);
    if (tool === undefined)
      return failed(BackendErrorCode.BACKEND_ERROR_CODE_NOT_FOUND, `the server has no tool ${call.tool}`);
    if (!mayRead(access, tool)) {
      return failed(
        BackendErrorCode.BACKEND_ERROR_CODE_PERMISSION_DENIED,
        `the guard may not call ${call.tool}; see backendTools`,
      );
    }
    const json = await access.backend.callTool({ tool: call.tool, args }, signal);
    return { $case: 'json', value: Buffer.from(json) };
  } catch (error) {
    return failed(
      signal.aborted ? BackendErrorCode.BACKEND_ERROR_CODE_CANCELLED : errorCode(error),
      asGatewayError(error).message,
    );
  }
}

function mayRead(access: ReadAccess, tool: Tool): boolean {
  if (access.backendTools !== undefined) return access.backendTools.includes(tool.name);
  if (githubGuardFile.test(access.guardFile) && githubGuardTools.includes(tool.name)) return true;
  return tool.annotations?.readOnlyHint === true;
}

/** The arguments again as text, one JSON object whose keys are unique. */
function parseObject(json: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(json).toString());
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? JSON.stringify(value) : undefined;
  } catch {
    return undefined;
  }
}

function errorCode(error: unknown): BackendErrorCode {
  const { code } = asGatewayError(error);
  if (code === 'BACKEND_UNAVAILABLE') return BackendErrorCode.BACKEND_ERROR_CODE_UNAVAILABLE;
  return BackendErrorCode.BACKEND_ERROR_CODE_INTERNAL;
}

function failed(code: BackendErrorCode, message: string): Outcome {
  return { $case: 'error', value: { code, message, retryAfterMs: 0 } };
}
