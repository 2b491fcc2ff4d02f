// A guard that answers what its policy says, word for word: for trying out what a policy or a gateway does with labels,
// and for the conformance vectors. It looks at nothing else.

import { logError } from '../../abi/host';
import { refusal } from '../../abi/refusal';
import { JsonDocument, JsonKind } from '../../json/json-document';
import { parseJson } from '../../json/json-parser';
import { unescapeInto } from '../../json/json-string';

export { alloc, dealloc } from '../../abi/memory';

const BUFFER_TOO_SMALL: i32 = -2;

/** The code of a scripted guard error: any that has no meaning of its own would do. */
const SCRIPTED_ERROR: i32 = -1;

const EXPORTS: string[] = ['labelAgent', 'labelResource', 'labelResponse'];
const FAILURES: string[] = ['trap', 'error-code', 'timeout', 'must-not-run'];

/** What one export does: writes its text, or fails in the way that is named. */
class Line {
  constructor(
    readonly text: StaticArray<u8>,
    readonly failure: string,
  ) {}
}

let script: Line[] = [];
let refused: string = '';

/** Keeps the policy as the script, and is itself the first line of it. */
export function label_agent(input: usize, size: i32, out: usize, capacity: i32): i32 {
  script = [];
  refused = '';
  const policy = parseJson(input, size);
  if (policy == null) return refusal('the policy is no JSON', out, capacity);
  const lines: Line[] = [];
  for (let i = 0; i < EXPORTS.length; i++) lines.push(readLine(policy, EXPORTS[i]));
  if (refused.length > 0) return refusal(refused, out, capacity);
  script = lines;
  return perform(0, out, capacity);
}

export function label_resource(_input: usize, _size: i32, out: usize, capacity: i32): i32 {
  return perform(1, out, capacity);
}

export function label_response(_input: usize, _size: i32, out: usize, capacity: i32): i32 {
  return perform(2, out, capacity);
}

function readLine(policy: JsonDocument, name: string): Line {
  const value = policy.member(0, name);
  if (policy.is(value, JsonKind.String)) {
    const text = new StaticArray<u8>(policy.size(value));
    const length = unescapeInto(policy.start(value), policy.size(value), changetype<usize>(text));
    return new Line(text.slice<StaticArray<u8>>(0, length), '');
  }
  const failure = policy.member(value, 'fail');
  if (policy.is(failure, JsonKind.String) && FAILURES.includes(policy.text(failure))) {
    return new Line(new StaticArray<u8>(0), policy.text(failure));
  }
  if (refused.length == 0)
    refused = name + ' must be a text to write, or {"fail": one of ' + FAILURES.join(', ') + '}';
  return new Line(new StaticArray<u8>(0), '');
}

function perform(index: i32, out: usize, capacity: i32): i32 {
  if (script.length == 0) {
    logError('asked for labels before label_agent accepted a policy');
    return SCRIPTED_ERROR;
  }
  const line = script[index];
  if (line.failure.length > 0) return fail(line.failure, EXPORTS[index]);
  if (line.text.length > capacity) {
    if (capacity >= 4) store<u32>(out, line.text.length);
    return BUFFER_TOO_SMALL;
  }
  memory.copy(out, changetype<usize>(line.text), line.text.length);
  return line.text.length;
}

function fail(failure: string, name: string): i32 {
  if (failure == 'error-code') return SCRIPTED_ERROR;
  if (failure == 'must-not-run') logError(name + ' was called, and the script says that it must not run');
  // A guard that runs out of time.
  while (failure == 'timeout') {}
  unreachable();
  return SCRIPTED_ERROR;
}
