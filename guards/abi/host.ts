// What the sidecar offers to a guard: a log and, for reading, the tools of the guarded server (the guard ABI).

import { JsonDocument } from '../json/json-document';
import { parseJson } from '../json/json-parser';
import { call_backend, host_log } from './env';

const WARNING: i32 = 2;
const ERROR: i32 = 3;
const BUFFER_TOO_SMALL: i32 = -2;

/** The code for an answer that is no JSON, as the host itself would say it. */
const INVALID_RESULT: i32 = -11;

/** Most answers are small; larger ones are asked for again, which costs no second backend call. */
const FIRST_ANSWER_BYTES: i32 = 64 * 1024;

/** Where the ABI ends: an answer that does not fit here is refused by the host anyway. */
const LARGEST_ANSWER_BYTES: i32 = 16 * 1024 * 1024;

const CODE_NAMES: string[] = [
  'INTERNAL',
  'BUFFER_TOO_SMALL',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'UNAVAILABLE',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'RATE_LIMITED',
  'CANCELLED',
  'INVALID_RESULT',
];

/** The name that the ABI gives to an error code of `callBackend`, or the number where it gives none. */
export function backendCodeName(code: i32): string {
  const index = -code - 1;
  return index >= 0 && index < CODE_NAMES.length ? CODE_NAMES[index] : code.toString();
}

export function logWarning(text: string): void {
  log(WARNING, text);
}

export function logError(text: string): void {
  log(ERROR, text);
}

function log(level: i32, text: string): void {
  const bytes = String.UTF8.encode(text);
  host_log(level, changetype<usize>(bytes), bytes.byteLength);
}

/** What a backend call ended with: the tool result, or a negative code of the ABI. */
export class BackendAnswer {
  constructor(
    readonly document: JsonDocument | null,
    readonly code: i32,
  ) {}
}

/** Asks the guarded server's tool, with arguments that are a JSON object. */
export function callBackend(tool: string, args: string): BackendAnswer {
  const toolBytes = String.UTF8.encode(tool);
  const argsBytes = String.UTF8.encode(args);
  let capacity = FIRST_ANSWER_BYTES;
  let code = BUFFER_TOO_SMALL;
  while (code == BUFFER_TOO_SMALL && capacity <= LARGEST_ANSWER_BYTES) {
    const out = new StaticArray<u8>(capacity);
    const start = changetype<usize>(out);
    code = call_backend(
      changetype<usize>(toolBytes),
      toolBytes.byteLength,
      changetype<usize>(argsBytes),
      argsBytes.byteLength,
      start,
      capacity,
    );
    if (code > capacity) return new BackendAnswer(null, INVALID_RESULT);
    if (code >= 0) return answerFrom(out, code);
    capacity = largerThan(capacity, load<u32>(start));
  }
  return new BackendAnswer(null, code);
}

function answerFrom(bytes: StaticArray<u8>, size: i32): BackendAnswer {
  const document = parseJson(changetype<usize>(bytes), size, bytes);
  return new BackendAnswer(document, document == null ? INVALID_RESULT : 0);
}

/** The next buffer: what the host asked for, at least twice the last one, so that asking again comes to an end. */
function largerThan(capacity: i32, wanted: u32): i32 {
  const twice = <u32>capacity * 2;
  return wanted > twice && wanted <= <u32>LARGEST_ANSWER_BYTES ? <i32>wanted : <i32>twice;
}
