import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { carriedLabels } from '../../../gateway/response/carried-labels.ts';
import { labelResponse } from '../../../gateway/response/label-response.ts';
import { labels } from '../granting-server.ts';

const described = (...tags: string[]) => ({ description: '', ...labels(tags, ['i']) });
const result = JSON.stringify({ content: [{ type: 'text', text: '[1,2,3]' }] });

suite('what a response carries', () => {
  test('is its resource where nothing of it has labels of its own', () => {
    assert.deepEqual(
      carriedLabels(labels(['r'], ['i']), labelResponse('{}', { kind: 'none' })),
      labels(['r'], ['i']),
    );
  });

  test('is its resource and all of its items, those that are withheld included', () => {
    const entries = [
      { path: '/0', labels: described('a') },
      { path: '/1', labels: described('b') },
    ];
    const response = labelResponse(result, {
      kind: 'paths',
      entries,
      defaultLabels: undefined,
      itemsPath: undefined,
    });
    assert.deepEqual(carriedLabels(labels(['r'], ['i', 'j']), response), labels(['r', 'a', 'b'], ['i']));
  });

  test('is its resource and itself where it is one item', () => {
    const response = { kind: 'whole', text: '{}', labels: described('w') } as const;
    assert.deepEqual(carriedLabels(labels(['r'], ['j']), response), labels(['r', 'w']));
  });
});
