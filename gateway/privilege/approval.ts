// Whether a tool has said yes: asked of the bytes that the agent gets, after the monitor has let them pass.

import type { PrivilegeConfig, ResultCondition } from '../config/gateway-config.ts';
import { canonicalJson } from '../response/canonical-json.ts';
import { splitPointer } from '../response/json-pointer.ts';
import { scanJson } from '../response/json-scanner.ts';
import {
  elementsOf,
  type JsonNode,
  type JsonTape,
  kindOf,
  memberOf,
  ROOT,
  sourceOf,
  stringOf,
} from '../response/json-tape.ts';
import { ResponseError } from '../response/response-error.ts';

/** Members of a `tools/call` that a server gets besides the arguments. `_meta` is the client program's, and no model's. */
const plainMembers: ReadonlySet<string> = new Set(['name', 'arguments', '_meta']);
/** What a person answered through the agent's client, since 2026-07-28. */
const answerMembers: ReadonlySet<string> = new Set(['inputResponses', 'requestState']);

/**
 * Whether a call says nothing of its own: exactly the configured arguments, so that who asks decides nothing but when.
 * `params` are those of a `tools/call`, `args` its arguments.
 */
export function isPlainRequest(
  { args: configured, clientAnswers }: PrivilegeConfig,
  { args, members }: { readonly args: string; readonly members: Iterable<string> },
): boolean {
  const isKnown = (name: string) => plainMembers.has(name) || (clientAnswers && answerMembers.has(name));
  const said = clearly(() => canonicalJson(scanJson(args), ROOT));
  const wanted = canonicalJson(scanJson(JSON.stringify(configured)), ROOT);
  return [...members].every(isKnown) && said !== undefined && said === wanted;
}

/** Whether a tool result is complete, no error, and says what the rule asks of it. What is ambiguous says nothing. */
export function isApproval(text: string, conditions: readonly ResultCondition[]): boolean {
  const isYes = clearly(() => {
    const tape = scanJson(text);
    return isCompleteResult(tape) && conditions.every((condition) => holds(tape, condition));
  });
  return isYes ?? false;
}

/** What was read; undefined of what is no JSON, nested too deeply or ambiguous. */
function clearly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ResponseError) return undefined;
    throw error;
  }
}

function isCompleteResult(tape: JsonTape): boolean {
  if (kindOf(tape, ROOT) !== 'object') return false;
  const member = (name: string) => {
    const node = memberOf(tape, ROOT, name);
    return node === undefined ? undefined : sourceOf(tape, node);
  };
  const type = memberOf(tape, ROOT, 'resultType');
  const isComplete = type === undefined || textOf(tape, type) === 'complete';
  const isNoError = [undefined, 'false'].includes(member('isError'));
  // A result that stands for a task has no content yet.
  return (
    isComplete && isNoError && member('content')?.startsWith('[') === true && member('task') === undefined
  );
}

function holds(tape: JsonTape, { pointer, value }: ResultCondition): boolean {
  const node = nodeAt(tape, splitPointer(pointer));
  if (node === undefined) return false;
  return typeof value === 'string' ? textOf(tape, node) === value : sourceOf(tape, node) === String(value);
}

/** Strictly as RFC 6901 has it. */
function nodeAt(tape: JsonTape, segments: readonly string[]): JsonNode | undefined {
  let node: JsonNode | undefined = ROOT;
  for (const segment of segments) {
    if (node === undefined) return undefined;
    const kind = kindOf(tape, node);
    if (kind === 'object') node = memberOf(tape, node, segment);
    else if (kind === 'array' && /^(?:0|[1-9]\d{0,6})$/.test(segment))
      node = elementsOf(tape, node)[Number(segment)];
    else return undefined;
  }
  return node;
}

function textOf(tape: JsonTape, node: JsonNode): string | undefined {
  return kindOf(tape, node) === 'string' ? stringOf(tape, node) : undefined;
}
