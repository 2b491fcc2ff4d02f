// Questions to the guarded server, for labels that depend on data which the call does not carry.

import { backendCodeName, callBackend, logWarning } from '../../abi/host';
import { JsonKind } from '../../json/json-document';
import { quoted } from '../../json/json-quote';
import { FieldLabels } from './field-labels';
import { Lookup, LookupArgument } from './policy';
import { ToolCall } from './tool-call';
import { isFailure, unwrap } from './tool-result';

/** Adds what the answer says. Without an answer the labels stay incomplete, and a warning is logged. */
export function lookUp(lookup: Lookup, call: ToolCall, labels: FieldLabels): void {
  const args = lookupArguments(lookup, call);
  if (args == null)
    return fail(lookup, labels, 'the call has no such argument, or one that is no plain value');
  const answer = callBackend(lookup.tool, args);
  const document = answer.document;
  if (document == null)
    return fail(lookup, labels, answer.code.toString() + ' ' + backendCodeName(answer.code));
  if (isFailure(document, 0)) return fail(lookup, labels, 'the tool answered with an error');
  const unwrapped = unwrap(document, 0);
  for (let i = 0; i < lookup.fields.length; i++) {
    labels.look(lookup.fields[i], unwrapped.document, unwrapped.root, false);
  }
}

function fail(lookup: Lookup, labels: FieldLabels, reason: string): void {
  logWarning('lookup ' + lookup.tool + ' failed: ' + reason);
  labels.isIncomplete = true;
}

/** The arguments of the lookup as JSON; null when the call does not have one of them as a plain value. */
function lookupArguments(lookup: Lookup, call: ToolCall): string | null {
  let json = '{';
  for (let i = 0; i < lookup.args.length; i++) {
    const value = argumentValue(lookup.args[i], call);
    if (value.length == 0) return null;
    json += (i > 0 ? ',' : '') + quoted(lookup.args[i].name) + ':' + value;
  }
  return json + '}';
}

/** The JSON of one argument; empty when the call does not have it as a plain value. */
function argumentValue(argument: LookupArgument, call: ToolCall): string {
  const from = argument.from;
  if (from == null) return argument.value;
  const found = from.find(call.document, call.args, true);
  if (found.unclear || found.values.length != 1) return '';
  const kind = call.document.kind(found.values[0]);
  return kind > JsonKind.Null && kind < JsonKind.Key ? call.document.source(found.values[0]) : '';
}
