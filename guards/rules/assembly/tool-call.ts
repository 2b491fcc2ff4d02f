import { JsonDocument, JsonKind, NOWHERE } from '../../json/json-document';
import { parseJson } from '../../json/json-parser';

/** A call as the host describes it to `label_resource` and `label_response`. */
export class ToolCall {
  constructor(
    readonly document: JsonDocument,
    readonly tool: string,
    /** Where the arguments are, or NOWHERE when the call has none. */
    readonly args: i32,
    /** Where the tool result is, or NOWHERE. */
    readonly result: i32,
  ) {}
}

/** Why the last input was no call; one sentence for the log. */
export let toolCallFault: string = '';

/** The call that the host's JSON describes; null when it describes none, and then `toolCallFault` says why. */
export function parseToolCall(input: usize, size: i32): ToolCall | null {
  const document = parseJson(input, size);
  if (document == null) return refuse('the input is no JSON, or nested too deep');
  const tool = document.member(0, 'tool_name');
  if (!document.is(tool, JsonKind.String)) return refuse('the input names no tool');
  let args = document.member(0, 'tool_args');
  if (document.is(args, JsonKind.Null)) args = NOWHERE;
  if (args != NOWHERE) {
    if (!document.is(args, JsonKind.Object)) return refuse('the arguments are no object');
    const key = document.repeatedKey(args);
    if (key.length > 0) return refuse('the arguments hold a key twice: ' + key);
  }
  return new ToolCall(document, document.text(tool), args, document.member(0, 'tool_result'));
}

function refuse(fault: string): ToolCall | null {
  toolCallFault = fault;
  return null;
}
