import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readVerdict } from '../../../sidecar/module/read-verdict.ts';

describe('a verdict', () => {
  for (const verdict of [
    { kind: 'valid' },
    { kind: 'feature', features: ['tail_call', 'gc'] },
    { kind: 'invalid', words: 'type mismatch' },
    { kind: 'beyond', words: 'out of memory' },
  ]) {
    it(`is read: ${verdict.kind}`, () =>
      assert.deepEqual(readVerdict(`${JSON.stringify(verdict)}\n`), verdict));
  }

  for (const [name, output] of Object.entries({
    nothing: '',
    'no JSON': 'valid',
    'two verdicts': '{"kind":"invalid","words":"x"}\n{"kind":"valid"}',
    'no object': '"valid"',
    null: 'null',
    'an unknown kind': '{"kind":"fine"}',
    'a kind by another name': '{"Kind":"valid"}',
    'no features': '{"kind":"feature","features":[]}',
    'an unknown feature': '{"kind":"feature","features":["constructor"]}',
    'a feature twice': '{"kind":"feature","features":["gc","gc"]}',
    'features that are no list': '{"kind":"feature","features":"gc"}',
    'words that are no text': '{"kind":"invalid","words":["x"]}',
    'no words': '{"kind":"beyond"}',
  })) {
    it(`is not read out of ${name}`, () => assert.equal(readVerdict(output), undefined));
  }
});
