// A guard for a server of notes: who may see a note decides how secret it is, who wrote it how far it is trusted.

import { callBackend, logError, logWarning } from '../../abi/host';
import { refusal } from '../../abi/refusal';
import { JsonDocument, JsonKind, NOWHERE } from '../../json/json-document';
import { parseJson } from '../../json/json-parser';
import { unescapeInto } from '../../json/json-string';
import { JsonWriter } from '../../json/json-writer';

export { alloc, dealloc } from '../../abi/memory';

const GUARD_ERROR: i32 = -1;
const NO_LABELS: i32 = 0;

/** The policy: null until one was accepted. */
let editors: string[] | null = null;

export function label_agent(input: usize, size: i32, out: usize, capacity: i32): i32 {
  editors = readPolicy(input, size);
  if (editors == null)
    return refusal('the policy must be {"editors": [names]}, and nothing else', out, capacity);
  return new JsonWriter(out, capacity)
    .text('{"agent":{"secrecy":[],"integrity":["notes:edited"]},"difc_mode":"filter"}')
    .finish();
}

function readPolicy(input: usize, size: i32): string[] | null {
  const policy = parseJson(input, size);
  if (policy == null || !policy.is(0, JsonKind.Object) || policy.keys(0).length != 1) return null;
  const list = policy.member(0, 'editors');
  if (!policy.is(list, JsonKind.Array)) return null;
  const names: string[] = [];
  for (let at = list + 1; at < policy.after(list); at = policy.after(at)) {
    if (!policy.is(at, JsonKind.String)) return null;
    names.push(policy.text(at));
  }
  return names;
}

export function label_resource(input: usize, size: i32, out: usize, capacity: i32): i32 {
  const call = parseJson(input, size);
  const tool = call == null ? NOWHERE : call.member(0, 'tool_name');
  if (editors == null || call == null || !call.is(tool, JsonKind.String))
    return fail('no policy was accepted, or this is no call');
  const answer = new JsonWriter(out, capacity);
  if (call.textIs(tool, 'read_note')) return labelNote(call, 'read', answer);
  if (call.textIs(tool, 'write_note')) return labelNote(call, 'write', answer);
  if (call.textIs(tool, 'list_notes')) {
    answer.text('{"resource":{"description":"all notes",');
    return writeLabels(answer, false, false).text('},"operation":"read"}').finish();
  }
  // Tags that nobody holds: what this guard does not know is open to nobody.
  return answer
    .text('{"resource":{"description":"unknown","secrecy":["notes:closed"],')
    .text('"integrity":["notes:closed"]},"operation":"read-write"}')
    .finish();
}

function labelNote(call: JsonDocument, operation: string, answer: JsonWriter): i32 {
  const id = call.member(call.member(0, 'tool_args'), 'id');
  if (!call.is(id, JsonKind.String)) return fail('the call has no id of a note');
  const note = lookUp(call.source(id));
  if (note == null || !note.is(0, JsonKind.Object)) return fail('nobody knows what the note is');
  answer.text('{"resource":{"description":"a note",');
  writeLabelsOf(answer, note, 0).text('},"operation":').string(operation);
  return answer.text('}').finish();
}

export function label_response(input: usize, size: i32, out: usize, capacity: i32): i32 {
  const call = parseJson(input, size);
  const tool = call == null ? NOWHERE : call.member(0, 'tool_name');
  if (editors == null || call == null || !call.is(tool, JsonKind.String))
    return fail('no policy was accepted, or this is no call');
  if (!call.textIs(tool, 'list_notes')) return NO_LABELS;
  const list = told(call, call.member(0, 'tool_result'));
  const notes = list == null ? NOWHERE : list.member(0, 'notes');
  if (list == null || !list.is(notes, JsonKind.Array)) return NO_LABELS;
  const answer = new JsonWriter(out, capacity).text('{"labeled_paths":[');
  for (let at = notes + 1, i = 0; at < list.after(notes); at = list.after(at), i++) {
    answer.text(i > 0 ? ',{"path":"/notes/' : '{"path":"/notes/').text(i.toString());
    writeLabelsOf(answer.text('","labels":{'), list, at).text('}}');
  }
  return answer.text('],"items_path":"/notes"}').finish();
}

/** What says nothing about itself is private, and nobody's. */
function writeLabelsOf(answer: JsonWriter, document: JsonDocument, note: i32): JsonWriter {
  const visibility = document.member(note, 'visibility');
  const author = document.member(note, 'author');
  const isPublic = document.is(visibility, JsonKind.String) && document.textIs(visibility, 'public');
  const isEdited = document.is(author, JsonKind.String) && editors!.includes(document.text(author));
  return writeLabels(answer, isPublic, isEdited);
}

function writeLabels(answer: JsonWriter, isPublic: bool, isEdited: bool): JsonWriter {
  answer.text(isPublic ? '"secrecy":[],' : '"secrecy":["notes:private"],');
  return answer.text(isEdited ? '"integrity":["notes:edited"]' : '"integrity":[]');
}

/** Asks the server for a note; null where it does not say. A larger answer than expected is asked for again in `abi/host`. */
function lookUp(id: string): JsonDocument | null {
  const answer = callBackend('read_note', '{"id":' + id + '}');
  const document = answer.document;
  if (document != null) return told(document, 0);
  logWarning('read_note: error ' + answer.code.toString());
  return null;
}

/** The JSON in the one text of a tool result; null where the tool failed, or answered otherwise. */
function told(document: JsonDocument, result: i32): JsonDocument | null {
  if (document.is(document.member(result, 'isError'), JsonKind.True)) return null;
  const content = document.member(result, 'content');
  if (!document.is(content, JsonKind.Array)) return null;
  const only = document.element(content, 0);
  const text = document.member(only, 'text');
  if (!document.is(text, JsonKind.String) || document.element(content, 1) != NOWHERE) return null;
  const bytes = new StaticArray<u8>(document.size(text));
  const start = changetype<usize>(bytes);
  return parseJson(start, unescapeInto(document.start(text), document.size(text), start), bytes);
}

function fail(why: string): i32 {
  logError(why);
  return GUARD_ERROR;
}
