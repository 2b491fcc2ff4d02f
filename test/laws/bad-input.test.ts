/**
 * Input that is large, deep or crooked on purpose: judged in bounded time and memory, or refused. What a guard may answer
 * at all is held by test/fuzz/guard-output.test.ts; each part of the judging has such cases of its own as well.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decide } from '../../gateway/monitor/access.ts';
import { canFlow, join } from '../../gateway/monitor/labels.ts';
import { judgeResponse } from '../../gateway/response/judge-response.ts';
import { labelResponse } from '../../gateway/response/label-response.ts';
import type { DescribedLabels, ResponseLabels } from '../../gateway/response/response-labels.ts';
import { delivered, described, open, paths, READ, secret } from '../gateway/response/judging.ts';

const textResult = (document: string) => JSON.stringify({ content: [{ type: 'text', text: document }] });
const manyTags = (prefix: string) => Array.from({ length: 100_000 }, (_, index) => `${prefix}-${index}`);
const nested = (levels: number, inner = '') => `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`;

describe('labels with 100,000 tags', { timeout: 60_000 }, () => {
  const large = described(manyTags('s'), manyTags('i'));
  const other = described(manyTags('t'), manyTags('j'));

  test('are compared, joined and decided upon in linear time', () => {
    for (let time = 0; time < 20; time += 1) {
      assert.ok(!canFlow(large, other));
      assert.equal(join(large, other).secrecy.size, 200_000);
      const decision = decide({ mode: 'filter', operation: 'read-write', agent: large, resource: other });
      assert.equal(decision.kind === 'deny' && decision.tags.length, 100_000);
    }
  });

  test('are not compared with every pattern of an audience and every tag in it', () => {
    const audience = manyTags('s');
    const write = { mode: 'filter', operation: 'write', agent: large, resource: large } as const;
    assert.equal(decide({ ...write, audience }).kind, 'allow');
  });

  test('withhold an item, and none of them is told', () => {
    const result = delivered(READ, textResult('[1,2]'), paths('', [large, open]));
    assert.ok(result.length < 1_000 && !result.includes('s-7'));
  });
});

describe('values in values', () => {
  test('as deep as may be are judged, and one level deeper are refused, not taken for prose', () => {
    const own = paths('', [secret, open]);
    assert.ok(delivered(READ, textResult(nested(1, `${nested(999)},1`)), own).includes('"[1]"'));
    for (const levels of [1_001, 200_000])
      assert.throws(() => labelResponse(textResult(nested(levels)), own), { code: 'too-deep' });
  });

  test('of an item that is withheld are too deep for any other item, too', () => {
    const result = textResult(`[${nested(200_000)},1]`);
    assert.throws(() => labelResponse(result, paths('', [secret, open])), { code: 'too-deep' });
  });
});

describe('pointers through prototypes', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'length']) {
    test(`such as /${name} lead to members of that name, and nowhere without one`, () => {
      const own = paths(`/${name}`, [secret, open]);
      assert.ok(delivered(READ, textResult(`{"${name}":[1,2]}`), own).includes('[2]'));
      for (const document of ['{}', '[]', '"text"'])
        assert.throws(() => labelResponse(textResult(document), own), { reason: 'INVALID_OUTPUT' });
    });
  }

  test('leave the prototype of objects as it is', () => {
    const before = Reflect.ownKeys(Object.prototype);
    const document = '{"__proto__":{"items":[{"__proto__":{"polluted":1}},2]}}';
    delivered(READ, textResult(document), paths('/__proto__/items', [open, secret]));
    assert.deepEqual(Reflect.ownKeys(Object.prototype), before);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });
});

describe('a repeated name', () => {
  for (const [where, result, itemsPath] of [
    ['content', '{"content":[],"content":[{"type":"text","text":"[1]"}]}', ''],
    ['a text', '{"content":[{"type":"text","text":"[1]","text":"[2]"}]}', ''],
    ['the items', textResult('{"items":[1],"items":[2]}'), '/items'],
    ['the way to them', textResult('{"a":{"items":[1]},"\\u0061":{"items":[2]}}'), '/a/items'],
    [
      'structuredContent',
      '{"content":[{"type":"text","text":"[1]"}],"structuredContent":1,"structuredContent":2}',
      '',
    ],
    ['metadata', '{"content":[{"type":"text","text":"[1]"}],"_meta":{},"_meta":{}}', ''],
  ] as const) {
    test(`of ${where} fails the call: which of them was labelled?`, () => {
      const judge = () => judgeResponse(READ, labelResponse(result, paths(itemsPath, [secret])));
      assert.throws(judge, { code: 'ambiguous', reason: 'BACKEND_ERROR' });
    });
  }
});

describe('numbers beyond 2^53', () => {
  const items = ['9007199254740992', '9007199254740993', '9007199254740994'];
  const document = `[${items}]`;

  test('are told apart: labels of one are not those of its neighbour', () => {
    const echo = (data: string, labels: DescribedLabels) => ({ data, labels });
    const echoes: ResponseLabels = {
      kind: 'items',
      entries: [echo('9007199254740993', secret), echo('9007199254740992', open)],
    };
    assert.ok(delivered(READ, textResult(document), echoes).includes(`"[${items[0]},${items[2]}]"`));
  });

  test('as an index lead to no item', () => {
    const own: ResponseLabels = {
      kind: 'paths',
      entries: ['/9007199254740993', '/1e0', '/01', '/-1', '/4294967296', `/${'9'.repeat(400)}`].map(
        (path) => ({
          path,
          labels: secret,
        }),
      ),
      defaultLabels: open,
      itemsPath: '',
    };
    assert.equal(delivered(READ, textResult(document), own), textResult(document));
    const toItems = { ...own, itemsPath: '/9007199254740993' };
    assert.throws(() => labelResponse(textResult(document), toItems), { code: 'index-out-of-bounds' });
  });
});

describe('one item under two paths', () => {
  const labelled = (
    ...entries: readonly (readonly [string, DescribedLabels | undefined])[]
  ): ResponseLabels => ({
    kind: 'paths',
    entries: entries.map(([path, labels]) => ({ path, labels })),
    defaultLabels: undefined,
    itemsPath: '/items',
  });
  const result = textResult('{"items":[{"a":1,"b":2}]}');
  const list = (said: ResponseLabels) => delivered({ ...READ, notice: 'quiet' }, result, said);
  const nothing = textResult('{"items":[]}');

  test('has the labels of the last', () => {
    assert.equal(list(labelled(['/items/0/a', open], ['/items/0/b', secret])), nothing);
    assert.equal(list(labelled(['/items/0/b', secret], ['items/0', open])), result);
  });

  test('has those of the resource where the last has none', () => {
    const said = labelled(['/items/0', secret], ['/items/0', undefined]);
    assert.equal(delivered(READ, result, said), result);
    const judgement = judgeResponse(
      { ...READ, resource: secret, tool: 'get_thing' },
      labelResponse(result, said),
    );
    assert.equal(judgement.kind, 'deny');
  });
});

describe('text that is no UTF-8', () => {
  test('has become replacement characters before it is judged, and cuts nothing else apart', () => {
    const bytes = Buffer.concat([Buffer.from('["'), Buffer.of(0xff, 0xc3), Buffer.from('",1]')]);
    const actual = delivered(
      { ...READ, notice: 'quiet' },
      textResult(bytes.toString()),
      paths('', [secret, open]),
    );
    assert.equal(actual, textResult('[1]'));
  });

  test('lone surrogates included: what stays keeps its escapes', () => {
    const result = '{"content":[{"type":"text","text":"[\\"\\\\ud800\\",\\"\\ud800\\",3]"}]}';
    const actual = delivered({ ...READ, notice: 'quiet' }, result, paths('', [open, secret, open]));
    assert.equal(actual, '{"content":[{"type":"text","text":"[\\"\\\\ud800\\",3]"}]}');
  });
});
