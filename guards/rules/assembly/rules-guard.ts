// The guard that people use without writing WebAssembly: it labels calls and responses as the rules of its policy say.
// The README beside it describes the policy.

import { logError } from '../../abi/host';
import { refusal } from '../../abi/refusal';
import { parseJson } from '../../json/json-parser';
import { JsonWriter } from '../../json/json-writer';
import { Labels } from './labels';
import { Policy } from './policy';
import { readPolicy } from './policy-reader';
import { PolicySource } from './policy-source';
import { labelResource } from './resource-labels';
import { labelResponse, ResponseLabels, WHOLE } from './response-labels';
import { parseToolCall, toolCallFault } from './tool-call';

export { alloc, dealloc } from '../../abi/memory';

const GUARD_ERROR: i32 = -1;

/** What `label_response` returns for "no labels". */
const NO_LABELS: i32 = 0;

/** An input from which on a call leaves enough garbage behind to be worth a collection, in bytes. */
const LARGE_INPUT_BYTES: i32 = 64 * 1024;

let policy: Policy | null = null;

export function label_agent(input: usize, size: i32, out: usize, capacity: i32): i32 {
  return withoutGarbage(size, acceptPolicy(input, size, out, capacity));
}

export function label_resource(input: usize, size: i32, out: usize, capacity: i32): i32 {
  return withoutGarbage(size, answerResource(input, size, out, capacity));
}

export function label_response(input: usize, size: i32, out: usize, capacity: i32): i32 {
  return withoutGarbage(size, answerResponse(input, size, out, capacity));
}

/** Frees what a large call left behind, so that the host's next buffers need no new memory. */
function withoutGarbage(size: i32, code: i32): i32 {
  if (size >= LARGE_INPUT_BYTES) __collect();
  return code;
}

function acceptPolicy(input: usize, size: i32, out: usize, capacity: i32): i32 {
  policy = null;
  const document = parseJson(input, size);
  if (document == null) return refusal('the policy is no JSON', out, capacity);
  const source = new PolicySource(document);
  const accepted = readPolicy(source);
  if (source.fault.length > 0) return refusal(source.fault, out, capacity);
  policy = accepted;
  const writer = new JsonWriter(out, capacity).text('{"agent":');
  writeLabels(writer, accepted.agent);
  return writer.text(',"difc_mode":').string(accepted.mode).text('}').finish();
}

function answerResource(input: usize, size: i32, out: usize, capacity: i32): i32 {
  const rules = policy;
  if (rules == null) return fail('label_resource was called before label_agent accepted a policy');
  const call = parseToolCall(input, size);
  if (call == null) return fail(toolCallFault);
  const resource = labelResource(rules, call);
  const description = call.tool + ' (' + resource.decidedBy + ')';
  const writer = new JsonWriter(out, capacity)
    .text('{"resource":{"description":')
    .string(description)
    .text(',');
  writeLists(writer, resource.labels);
  return writer.text('},"operation":').string(resource.operation).text('}').finish();
}

function answerResponse(input: usize, size: i32, out: usize, capacity: i32): i32 {
  const rules = policy;
  if (rules == null) return fail('label_response was called before label_agent accepted a policy');
  const call = parseToolCall(input, size);
  if (call == null) return fail(toolCallFault);
  const labels = labelResponse(rules, call);
  if (labels == null) return NO_LABELS;
  const writer = new JsonWriter(out, capacity);
  writeResponseLabels(writer, labels);
  return writer.finish();
}

/** The path form of the guard ABI: every item has its own entry, or the whole is one item with the default labels. */
function writeResponseLabels(writer: JsonWriter, labels: ResponseLabels): void {
  writer.text('{"labeled_paths":[');
  if (labels.itemsPath == WHOLE) {
    writeLabels(writer.text('],"default_labels":'), labels.items[0]);
    writer.text('}');
    return;
  }
  for (let i = 0; i < labels.items.length; i++) {
    writer.text(i > 0 ? ',{"path":' : '{"path":').string(labels.itemsPath + '/' + i.toString());
    writeLabels(writer.text(',"labels":'), labels.items[i]);
    writer.text('}');
  }
  writer.text('],"items_path":').string(labels.itemsPath).text('}');
}

function writeLabels(writer: JsonWriter, labels: Labels): void {
  writer.text('{');
  writeLists(writer, labels);
  writer.text('}');
}

function writeLists(writer: JsonWriter, labels: Labels): void {
  writer.text('"secrecy":').strings(labels.secrecy).text(',"integrity":').strings(labels.integrity);
}

function fail(reason: string): i32 {
  logError(reason);
  return GUARD_ERROR;
}
