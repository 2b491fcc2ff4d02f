import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cutToAudience, outsideAudience } from '../../../gateway/monitor/audience.ts';

const secrecy = new Set(['private:b', 'private:a', 'internal', '*']);

describe('audience', () => {
  const cases = [
    { name: 'everything may be sent to *', audience: ['*'], outside: [] },
    {
      name: 'nothing secret may be sent to nobody',
      audience: [],
      outside: ['*', 'internal', 'private:a', 'private:b'],
    },
    { name: 'a tag covers itself only', audience: ['private:a'], outside: ['*', 'internal', 'private:b'] },
    { name: 'a trailing * covers what begins alike', audience: ['private:*'], outside: ['*', 'internal'] },
    {
      name: 'a * elsewhere is a letter like any other',
      audience: ['*internal', 'pri*te:a'],
      outside: ['*', 'internal', 'private:a', 'private:b'],
    },
    { name: 'patterns add up', audience: ['private:*', 'internal'], outside: ['*'] },
  ];
  for (const { name, audience, outside } of cases) {
    test(name, () => assert.deepEqual(outsideAudience(secrecy, audience), outside));
  }

  test('a * within a pattern makes it no prefix, and a tag with one in it can be named', () => {
    assert.deepEqual(outsideAudience(new Set(['a*b', 'a*bc']), ['a*b']), ['a*bc']);
  });

  test('an agent that carries nothing secret may call any server', () => {
    assert.deepEqual(outsideAudience(new Set(), []), []);
  });

  test('what a write accepts is cut to the audience, and accepting anything stays', () => {
    assert.deepEqual(cutToAudience(secrecy, ['private:*']), new Set(['private:b', 'private:a', '*']));
    assert.deepEqual(cutToAudience(new Set(['private:b']), []), new Set());
  });
});
