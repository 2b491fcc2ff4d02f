import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseLabels } from '../../../gateway/explain/parse-labels.ts';
import { labels } from '../granting-server.ts';

suite('labels on the command line', () => {
  const taken = [
    ['secrecy:a,b integrity:c', labels(['a', 'b'], ['c'])],
    ['integrity:c', labels([], ['c'])],
    ['secrecy:private:acme/web,x:y', labels(['private:acme/web', 'x:y'])],
    ['secrecy: integrity:', labels()],
    ['', labels()],
    ['{"secrecy":["a b","c,d"]}', labels(['a b', 'c,d'])],
    ['{}', labels()],
  ] as const;
  for (const [text, expected] of taken)
    test(`may be ${text || 'empty'}`, () => assert.deepEqual(parseLabels(text), expected));

  const refused = [
    'a,b',
    'secret:a',
    'secrecy',
    'secrecy:a secrecy:b',
    '{',
    '{"secrecy":"a"}',
    '{"secrecy":[1]}',
    '{"secrecy":[""]}',
    '{"other":[]}',
    '{"__proto__":[]}',
  ];
  for (const text of refused)
    test(`are refused as ${text}`, () => {
      assert.throws(() => parseLabels(text), /^Error: --as: must be such as "secrecy:a,b integrity:c"/);
    });
});
