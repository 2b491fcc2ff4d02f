import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderAcknowledgement } from '../../../gateway/outcome.ts';
import { judgeResponse } from '../../../gateway/response/judge-response.ts';
import { labelResponse } from '../../../gateway/response/label-response.ts';
import type { DescribedLabels, ResponseLabels } from '../../../gateway/response/response-labels.ts';
import { labels, sorted } from '../monitor/read-vectors.ts';
import {
  DOCUMENT,
  delivered,
  META,
  NOTICE,
  open,
  paths,
  quoted,
  READ,
  SECOND_SECRET,
  secret,
  textsOf,
  trusted,
} from './judging.ts';

describe('a response of which nothing may be read', () => {
  const BODY = '{"content":[{"type":"text","text":"BODY"}],"structuredContent":{"a":"BODY"},"isError":true}';
  const whole = (own: DescribedLabels): ResponseLabels => ({
    kind: 'paths',
    entries: [],
    defaultLabels: own,
    itemsPath: undefined,
  });

  test('is denied when the guard gave no labels, also to a tool that lists', () => {
    const judgement = judgeResponse({ ...READ, resource: secret }, labelResponse(BODY, { kind: 'none' }));
    assert.equal(judgement.kind === 'deny' && judgement.reason, 'READ_SECRECY');
  });

  test('is an empty list when a tool that lists gets one item with labels of its own', () => {
    assert.equal(delivered(READ, BODY, whole(secret)), `{"content":[${NOTICE}],${META}}`);
    assert.equal(delivered({ ...READ, notice: 'quiet' }, BODY, whole(secret)), '{"content":[]}');
  });

  test('is denied as a whole in strict mode, also for what lies outside of the items', () => {
    const strict = { ...READ, mode: 'strict' as const };
    const result = `{"content":[{"type":"text","text":${quoted(DOCUMENT)}}]}`;
    const judgements = [
      judgeResponse(strict, labelResponse(result, SECOND_SECRET)),
      judgeResponse(strict, labelResponse(BODY, whole(secret))),
      judgeResponse(
        { ...strict, resource: secret },
        labelResponse(result, paths('/items', [open, open, open])),
      ),
    ];
    for (const judgement of judgements) {
      assert.equal(judgement.kind === 'deny' && judgement.reason, 'ITEMS_WITHHELD');
    }
  });

  test('is the empty list that it is of any other number of items, when the notice is quiet', () => {
    const quiet = {
      ...READ,
      notice: 'quiet' as const,
      tool: 'get_things',
      agent: trusted,
      resource: trusted,
    };
    const list = (count: number) => `{"content":[{"type":"text","text":"[${Array(count).fill(1)}]"}]}`;
    for (const operation of ['read', 'read-write'] as const) {
      const answers = [[], [secret], [open], [secret, open, secret]].map((own) =>
        delivered({ ...quiet, operation }, list(own.length), paths('', own)),
      );
      assert.deepEqual(new Set(answers), new Set([list(0)]));
    }
    const rules = [secret, open].map((own) => delivered(quiet, BODY, whole(own)));
    assert.deepEqual(new Set(rules), new Set(['{"content":[]}']));
  });

  test('is denied when every item that the guard echoed is withheld and the resource is, too: quietly, as without any', () => {
    const quiet = { ...READ, notice: 'quiet' as const, resource: secret };
    const echo: ResponseLabels = { kind: 'items', entries: [{ data: '1', labels: secret }] };
    const judgements = [
      judgeResponse(quiet, labelResponse('{"content":[{"type":"text","text":"[1]"}]}', echo)),
      judgeResponse(quiet, labelResponse('{"content":[{"type":"text","text":"[]"}]}', { kind: 'none' })),
    ];
    for (const judgement of judgements)
      assert.equal(judgement.kind === 'deny' && judgement.reason, 'READ_SECRECY');
  });

  test('says that the work was done when the tool also writes', () => {
    const call = { ...READ, operation: 'read-write' as const, tool: 'update_thing' };
    const withheld = { count: 1, secrecy: 0, integrity: 1 };
    for (const mode of ['strict', 'filter'] as const) {
      const expected = renderAcknowledgement(withheld);
      assert.equal(delivered({ ...call, mode }, BODY, whole(trusted)), expected);
      assert.equal(
        delivered({ ...call, mode, notice: 'quiet' }, BODY, whole(trusted)),
        renderAcknowledgement(),
      );
    }
  });

  test('does not change the agent', () => {
    const call = { ...READ, mode: 'propagate' as const, operation: 'read-write' as const };
    const judgement = judgeResponse(call, labelResponse(BODY, whole(trusted)));
    assert.deepEqual(judgement.kind === 'deliver' && sorted(judgement.agentAfter), sorted(open));
  });
});

describe('the response of a write', () => {
  const write = { ...READ, operation: 'write' as const, resource: secret };

  test('becomes a fixed acknowledgement when the resource is more secret than the agent may read', () => {
    const answers = [
      '{"content":[],"isError":true}',
      'BODY',
      '{"content":[{"type":"text","text":"BODY"}]}',
    ].map((body) => delivered(write, body, { kind: 'none' }));
    assert.deepEqual(new Set(answers), new Set([renderAcknowledgement()]));
  });

  test('is delivered as it is when the resource’s secrecy is within the agent’s, whatever its integrity', () => {
    const agent = labels({ secrecy: ['private:acme/vault'], integrity: ['approved'] });
    assert.equal(delivered({ ...write, agent }, 'BODY', { kind: 'none' }), 'BODY');
  });

  test('is delivered by a configured write-sink', () => {
    assert.equal(delivered({ ...write, isWriteSink: true }, 'BODY', { kind: 'none' }), 'BODY');
  });
});

describe('time', { timeout: 60_000 }, () => {
  test('half of a million items are withheld, from both forms, in linear time', () => {
    const items = Array.from({ length: 1_000_000 }, (_, index) => index);
    const document = JSON.stringify({ items });
    const result = JSON.stringify({
      content: [{ type: 'text', text: document }],
      structuredContent: { items },
    });
    const own = items.map((index) => (index % 2 === 0 ? open : secret));
    const expected = JSON.stringify({ items: items.filter((index) => index % 2 === 0) });
    const actual = delivered(READ, result, paths('/items', own));
    assert.equal(textsOf(actual)[0], expected);
    assert.equal(JSON.stringify(JSON.parse(actual).structuredContent), expected);
  });

  test('a document in 100,000 parts is filtered in linear time', () => {
    const items = Array.from({ length: 100_000 }, (_, index) => index);
    const parts = items.map((index) => ({ type: 'text', text: `${index === 0 ? '[' : ','}${index}` }));
    const content = [...parts, { type: 'text', text: ']' }];
    const own = items.map((index) => (index === 7 ? open : secret));
    const actual = delivered(READ, JSON.stringify({ content }), paths('', own));
    assert.equal(textsOf(actual).slice(0, -1).join(''), '[7]');
  });
});
