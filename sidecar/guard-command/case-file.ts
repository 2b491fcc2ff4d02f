import { rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../config/json-value.ts';
import { type CannedAnswer, readAnswers } from './canned-backend.ts';
import { jsonText, parseJson, readTextFile } from './read-json.ts';
import { UsageError } from './usage-error.ts';

/** A question to a guard with what it is expected to say: a file of JSON. */
export interface GuardCase {
  /** Where it stands, absolute. */
  readonly path: string;
  /** The module, absolute. */
  readonly guard: string;
  readonly limits: JsonObject | undefined;
  /** Undefined: `{}`. */
  readonly policy: JsonObject | undefined;
  readonly tool: string;
  readonly args: JsonObject;
  /** Undefined: `label_response` is not asked. */
  readonly result: JsonObject | undefined;
  readonly backend: readonly CannedAnswer[];
  /** Undefined: nothing was written down yet. */
  readonly expect: JsonObject | undefined;
  /** The whole file. */
  readonly json: JsonObject;
}

/** What a case may say: `about` is for people, `recorded` is what `record` has to say of it. */
const keys = [
  'about',
  'guard',
  'limits',
  'policy',
  'tool',
  'args',
  'result',
  'backend',
  'expect',
  'recorded',
];
const expectedKeys = ['agent', 'resource', 'response', 'failure'];

/**
 * Reads a case. `guard` is a path from the case's folder; `limits`, `policy`, `args`, `result` and `backend` may be `@FILE`,
 * from there, too. `otherGuard` stands in for the case's own.
 *
 * @throws UsageError one sentence that names the place
 */
export async function readCase(path: string, otherGuard: string | undefined): Promise<GuardCase> {
  const json = expectObject(parseJson(await readTextFile(path, 'the case'), 'the case'), 'the case');
  refuseUnknown(json, keys, '');
  const folder = dirname(path);
  const at = (name: string) => included(json, name, folder);
  const objectAt = async (name: string) => {
    const value = await at(name);
    return value === undefined ? undefined : expectObject(value, name);
  };
  const expect = json.expect === undefined ? undefined : expectObject(json.expect, 'expect');
  if (expect !== undefined) refuseUnknown(expect, expectedKeys, 'expect.');
  return {
    path,
    guard: otherGuard ?? resolve(folder, expectText(json.guard, 'guard', 'write the path of a .wasm file')),
    limits: await objectAt('limits'),
    policy: await objectAt('policy'),
    tool: expectText(json.tool, 'tool', 'write the name of a tool'),
    args: (await objectAt('args')) ?? {},
    result: await objectAt('result'),
    backend: readAnswers((await at('backend')) ?? [], 'backend'),
    expect,
    json,
  };
}

/** Writes a case. Who looks meanwhile sees the old file or the new one. */
export async function writeCase(path: string, json: JsonObject): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify(json, undefined, 2)}\n`);
  await rename(draft, path);
}

async function included(json: JsonObject, name: string, folder: string): Promise<JsonValue | undefined> {
  const value = json[name];
  if (typeof value !== 'string') return value;
  if (!value.startsWith('@'))
    throw new UsageError(`${name}: write the value itself, or "@FILE" with it in it`);
  return parseJson(await jsonText(value, name, folder), name);
}

function refuseUnknown(json: JsonObject, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(json).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const name = JSON.stringify(unknown.slice(0, 80));
  throw new UsageError(`${prefix}${name} is no part of a case; there are ${known.join(', ')}`);
}

function expectObject(value: JsonValue, name: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new UsageError(`${name} must be a JSON object`);
}

function expectText(value: JsonValue | undefined, name: string, advice: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(`${name}: ${advice}`);
}
