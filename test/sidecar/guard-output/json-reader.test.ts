import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JsonReader } from '../../../sidecar/guard-output/json-reader.ts';

/** The whole text was skipped, grammar checked, as one value. */
function isAccepted(text: string): boolean {
  const reader = JsonReader.of(Buffer.from(text), 'test');
  try {
    reader.skip();
    reader.end();
    return true;
  } catch {
    return false;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('JsonReader takes what JSON.parse takes, and nothing else', () => {
  const texts = [
    '',
    ' ',
    '{}',
    '[]',
    '[ ]',
    '{ }',
    '0',
    '-0',
    '-',
    '01',
    '1.',
    '.1',
    '1.5',
    '1e5',
    '1E+5',
    '1e-',
    '1e',
    '+1',
  ];
  texts.push(
    'true',
    'tru',
    'truex',
    'false',
    'null',
    'nul',
    'NaN',
    'Infinity',
    '"',
    '""',
    '"a"',
    "'a'",
    '"\\',
    '"\\"',
    '"\\x"',
  );
  texts.push(
    '"\\u12"',
    '"\\u12g4"',
    '"\\u00e9"',
    '"\t"',
    '"\\t"',
    '"\u007f"',
    '"\u2028"',
    '[1,]',
    '[,1]',
    '[1 2]',
    '[1,2]',
    '[1',
  );
  texts.push(
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{a:1}',
    '{1:1}',
    '{"a":1}}',
    '[1]]',
    '[1}',
    '{"a":1]',
    '[]{}',
    '1 1',
  );
  texts.push(
    '\u00a01',
    '\ufeff1',
    '\v1',
    '/**/1',
    '{"a":{"b":[{},[],{"c":null}]}}',
    ' \t\r\n[ 1 , { "a" : "b" } ] \n',
    '"é😀"',
    '[[[]]',
    '[[]]]',
  );
  for (const text of texts) {
    it(JSON.stringify(text), () => assert.equal(isAccepted(text), isJson(text)));
  }

  it('after every kind of small damage (seeded)', () => {
    const seed = '{"a":[1,-2.5e+3,true,false,null,"x\\u0041\\n\\"y"],"b":{"c":[],"d":{}}, "e":[[{"f":0}]]}';
    const alphabet = '{}[],:"\\ 0123456789.eE+-truefalsn\u0001x/';
    const random = generator(42);
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      const text = damaged(seed, alphabet, random);
      const expected = isJson(text);
      assert.equal(isAccepted(text), expected, JSON.stringify(text));
      if (expected) accepted++;
    }
    assert.ok(accepted > 500, `only ${accepted} texts stayed JSON: the sweep says little`);
  });
});

describe('JsonReader reads values', () => {
  it('in one pass, strings as JSON.parse reads them', () => {
    const source = '{"plain":"é😀","esc\\u0061ped":"\\ud83d\\ude00\\t\\/","deep":{"x":[1,2]},"last":[]}';
    const reader = JsonReader.of(Buffer.from(source), 'test');
    const seen: unknown[] = [];
    reader.object((name) => {
      if (reader.kind() === 'string') seen.push([name, reader.string()]);
      else seen.push([name, reader.text(reader.skip())]);
    });
    reader.end();
    assert.deepEqual(seen, [
      ['plain', 'é😀'],
      ['escaped', '😀\t/'],
      ['deep', '{"x":[1,2]}'],
      ['last', '[]'],
    ]);
  });
});

/** One to three bytes of `text` replaced, inserted or removed. */
function damaged(text: string, alphabet: string, random: (below: number) => number): string {
  let result = text;
  for (let edits = random(3); edits >= 0; edits--) {
    const at = random(result.length);
    const inserted = random(3) === 0 ? '' : (alphabet[random(alphabet.length)] ?? '');
    result = result.slice(0, at) + inserted + result.slice(at + random(2));
  }
  return result;
}

/** Small whole numbers from a seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
