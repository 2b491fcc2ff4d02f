import type { ToolCall } from '../backend/backend.ts';
import type { Flags } from '../gh-aw/outside-settings.ts';
import type { Labels } from '../monitor/labels.ts';
import { expectToolCall } from '../relay/client-params.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { parseLabels } from './parse-labels.ts';
import { readSavedResult } from './read-saved-result.ts';

/** What is to be explained. */
export interface ExplainRequest {
  /** The server's name in the configuration. */
  readonly server: string;
  readonly call: ToolCall;
  /** A tool result as JSON text, as if the tool had answered with it; undefined: what would come back is left open. */
  readonly result: string | undefined;
  /** The labels of the agent; undefined: what the guards grant. */
  readonly as: Labels | undefined;
  /** Who the guards are told that the agent belongs to. */
  readonly principal: string;
  /** Whether guards may read from their servers, as they may in the gateway. */
  readonly allowsReads: boolean;
}

/** Reads the flags of `explain`. Throws an Error of one sentence that names the flag. */
export async function readExplainRequest(flags: Flags): Promise<ExplainRequest> {
  const labels = flags.get('as');
  const path = flags.get('result');
  return {
    server: needed(flags, 'server'),
    call: expectCall(needed(flags, 'tool'), flags.get('args') ?? '{}'),
    result: path === undefined ? undefined : await readSavedResult(path),
    as: labels === undefined ? undefined : parseLabels(labels),
    principal: flags.get('principal') ?? 'anonymous',
    allowsReads: flags.has('backend-reads'),
  };
}

function needed(flags: Flags, name: string): string {
  const value = flags.get(name);
  if (value === undefined) throw new Error(`--${name}: is missing: explain needs --server and --tool`);
  return value;
}

/** The same arguments that the guard would be asked about, were a client to send these. */
function expectCall(tool: string, args: string): ToolCall {
  expectJson(args);
  try {
    return expectToolCall(`{"name":${JSON.stringify(tool)},"arguments":${args}}`).call;
  } catch (error) {
    if (error instanceof RpcError) throw new Error(`--args: ${error.message}`);
    throw error;
  }
}

/** By itself: in the place of a member's value, it could hold further members. */
function expectJson(args: string): void {
  try {
    JSON.parse(args);
  } catch {
    throw new Error(`--args: must be the JSON of an object, such as '{"path":"a.txt"}', in quotes`);
  }
}
