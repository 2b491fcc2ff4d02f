import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_NESTING_LEVELS, scanJson } from '../../../gateway/response/json-scanner.ts';
import {
  elementsOf,
  type JsonNode,
  type JsonTape,
  kindOf,
  memberOf,
  membersOf,
  ROOT,
  sourceOf,
  stringOf,
} from '../../../gateway/response/json-tape.ts';
import { ResponseError } from '../../../gateway/response/response-error.ts';

const VALID = [
  '0',
  '-0',
  '1.50',
  '1E+9',
  '12345678901234567890',
  'true',
  'false',
  'null',
  '""',
  '"\\u00e9\\n\\"\\\\\\/"',
  '"\\ud800"',
  '"é\u007f"',
  '[]',
  '{}',
  ' [ 1 , [ ] , { } ]\r\n\t',
  '{"a":{"b":[null,{"c":""}]},"a":2,"":3,"__proto__":4}',
];
const INVALID = [
  '',
  ' ',
  '[',
  ']',
  '{',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1}',
  '{"a":1]',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{a:1}',
  "{'a':1}",
  '{1:1}',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '1e',
  '0x1',
  'NaN',
  'tru',
  'nulll',
  '"a',
  '"\\',
  '"\\u12g4"',
  '"\\x"',
  '"\n"',
  '1 2',
  '[] []',
  '\ufeff1',
  '\u00a01',
  '/**/1',
  '\v1',
];

describe('scanning JSON', () => {
  for (const text of VALID) {
    test(`takes ${JSON.stringify(text)}, and reads it as JSON.parse does`, () => {
      const tape = scanJson(text);
      assert.deepEqual(jsonValue(tape, ROOT), JSON.parse(text));
      assert.equal(sourceOf(tape, ROOT), text.trim());
    });
  }

  for (const text of INVALID) {
    test(`refuses ${JSON.stringify(text)}, as JSON.parse does`, () => {
      assert.throws(() => JSON.parse(text));
      assert.throws(() => scanJson(text), { name: 'ResponseError', code: 'invalid-json' });
    });
  }

  test('accepts what JSON.parse accepts, of a text with every character dropped or replaced in turn', () => {
    const text = '{"a\\n":[-1.5e+3,true,"\\u0041"],"b":{"c":null,"d":[[]]}} ';
    const replacements = ['', '"', '\\', ',', ':', '[', '}', '0', 'e', ' ', '\t', '\u0001'];
    for (let index = 0; index < text.length; index += 1) {
      for (const replacement of replacements) {
        const mutant = text.slice(0, index) + replacement + text.slice(index + 1);
        assert.equal(accepts(scanJson, mutant), accepts(JSON.parse, mutant), mutant);
      }
    }
  });

  test('nesting is bounded, and 200,000 levels are refused cleanly', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    assert.equal(kindOf(scanJson(nested(MAX_NESTING_LEVELS)), ROOT), 'array');
    assert.throws(() => scanJson(nested(MAX_NESTING_LEVELS + 1)), { code: 'too-deep' });
    assert.throws(() => scanJson(nested(200_000)), { code: 'too-deep' });
    assert.throws(() => scanJson('{"a":'.repeat(200_000)), { code: 'too-deep' });
  });

  test('an error never holds content', () => {
    assert.throws(
      () => scanJson('{"password": hunter2}'),
      (error) => error instanceof ResponseError && !error.message.includes('hunter2'),
    );
  });

  test('a name that is there twice is ambiguous only to who asks for it', () => {
    const tape = scanJson('{"a":1,"\\u0061":2,"b":3}');
    assert.throws(() => memberOf(tape, ROOT, 'a'), { code: 'ambiguous' });
    assert.equal(memberOf(tape, ROOT, 'c'), undefined);
    const b = memberOf(tape, ROOT, 'b');
    assert.equal(b === undefined ? '' : sourceOf(tape, b), '3');
  });

  test('names of the prototype are names like any other', () => {
    const tape = scanJson('{"constructor":1}');
    assert.equal(memberOf(tape, ROOT, '__proto__'), undefined);
    assert.equal(memberOf(tape, ROOT, 'constructor'), 2);
  });
});

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function jsonValue(tape: JsonTape, node: JsonNode): unknown {
  switch (kindOf(tape, node)) {
    case 'array':
      return elementsOf(tape, node).map((element) => jsonValue(tape, element));
    case 'object': {
      const value: Record<string, unknown> = {};
      for (const member of membersOf(tape, node)) {
        const [name, own] = [stringOf(tape, member.key), jsonValue(tape, member.value)];
        Object.defineProperty(value, name, {
          value: own,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return value;
    }
    case 'string':
      return stringOf(tape, node);
    default:
      return JSON.parse(sourceOf(tape, node));
  }
}
