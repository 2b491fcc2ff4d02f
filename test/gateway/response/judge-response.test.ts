import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderAcknowledgement } from '../../../gateway/outcome.ts';
import { type JudgedCall, judgeResponse } from '../../../gateway/response/judge-response.ts';
import { labelResponse } from '../../../gateway/response/label-response.ts';
import type { DescribedLabels, ResponseLabels } from '../../../gateway/response/response-labels.ts';
import { labels, sorted } from '../monitor/read-vectors.ts';

const open = described([], []);
const secret = described(['private:acme/vault'], []);
const trusted = described([], ['approved']);

const READ: JudgedCall = {
  mode: 'filter',
  operation: 'read',
  agent: open,
  resource: open,
  tool: 'list_things',
  isWriteSink: false,
  notice: 'full',
};

/** A document in which the second of three items is withheld. */
const DOCUMENT =
  '{"total": 3, "items": [{"id": 9007199254740993}, {"id": "SECRET"}, {"p": 1.50}], "next_cursor": "c"}';
const FILTERED = '{"total": 3, "items": [{"id": 9007199254740993}, {"p": 1.50}], "next_cursor": "c"}';
const WITHOUT_SIBLINGS = '{"items": [{"id": 9007199254740993}, {"p": 1.50}], "next_cursor": "c"}';
const EMPTIED = '{"total": 3, "items": [], "next_cursor": "c"}';
const NOTICE = '{"type":"text","text":"[Sluice] 1 item was withheld by the secrecy policy."}';
const META = '"_meta":{"sluice.dev/withheld":{"count":1,"secrecy":1,"integrity":0}}';
const SECOND_SECRET = paths('/items', [open, secret, open]);

describe('a filtered result', () => {
  test('keeps the bytes of what stays, escapes and digits included', () => {
    const result = `{ "isError": false, "content": [ {"text": ${quoted(DOCUMENT).replace('total', 't\\u006ftal')}, "type": "text"} ] , "x": 1e2 }`;
    const expected = `{ "isError": false, "content": [ {"text": ${quoted(FILTERED).replace('total', 't\\u006ftal')}, "type": "text"} ,${NOTICE}] , "x": 1e2 ,${META}}`;
    assert.equal(delivered(READ, result, SECOND_SECRET), expected);
  });

  test('that loses nothing is the backend’s own text', () => {
    const result = `  {"content":[{"type":"text","text":${quoted(DOCUMENT)}}],"structuredContent":{"other":1}}  `;
    assert.equal(delivered(READ, result, paths('/items', [open, open, open])), result);
  });

  test('keeps a document in the content items that it came in, other items included', () => {
    const image = '{"type":"image","mimeType":"image/png","data":"UElY"}';
    const result = `{"content":[{"type":"text","text":"[1,\\n"},${image},{"text":" \\u0032,3,"},{"type":"text","text":"4]"}]}`;
    const expected = `{"content":[{"type":"text","text":"[1"},${image},{"text":",3"},{"type":"text","text":"]"},NOTICE],META}`;
    const actual = delivered(READ, result, paths('', [open, secret, open, secret]));
    assert.deepEqual(
      withoutMarks(actual),
      withoutMarks(expected.replace('NOTICE', '{}').replace('META', '"_meta":{}')),
    );
    assert.deepEqual(textsOf(actual).slice(0, -1).join(''), '[1,3]');
  });

  test('keeps metadata of the backend, and nothing in it that pretends to be ours', () => {
    const meta = '{"trace":"T","sluice.dev/outcome":"denied","sluice.dev/withheld":{"count":0}}';
    const result = `{"_meta":${meta},"content":[{"type":"text","text":"[0]"}]}`;
    assert.deepEqual(JSON.parse(delivered(READ, result, paths('', [secret])))._meta, {
      trace: 'T',
      'sluice.dev/withheld': { count: 1, secrecy: 1, integrity: 0 },
    });
  });

  test('replaces metadata that is no object', () => {
    const result = '{"_meta":null,"content":[{"type":"text","text":"[0]"}]}';
    const actual = delivered(READ, result, paths('', [secret]));
    assert.equal(actual, `{"content":[{"type":"text","text":"[]"},${NOTICE}],${META}}`);
  });

  test('says nothing when the notice is quiet', () => {
    const result = `{"content":[{"type":"text","text":${quoted(DOCUMENT)}}]}`;
    const actual = delivered({ ...READ, notice: 'quiet' }, result, SECOND_SECRET);
    assert.equal(actual, `{"content":[{"type":"text","text":${quoted(FILTERED)}}]}`);
  });

  test('is told apart by nothing but what is readable, when the notice is quiet', () => {
    const results = ['{"id":"A","more":[1,2]}', '"B"'].map((hidden) => {
      const document = JSON.stringify([1, JSON.parse(hidden), 2], null, 2);
      const result = JSON.stringify({
        content: [{ type: 'text', text: document }],
        structuredContent: { result: document },
      });
      return delivered({ ...READ, notice: 'quiet' }, result, paths('', [open, secret, open]));
    });
    assert.equal(results[0], results[1]);
  });

  test('cannot be made of a result that is no object', () => {
    const response = labelResponse('[1]', paths('', [secret]));
    assert.throws(() => judgeResponse(READ, response), { code: 'not-a-result', reason: 'BACKEND_ERROR' });
  });

  test('has content even where the backend sent none', () => {
    const actual = delivered(READ, '{"items":[1,2]}', paths('/items', [secret, open]));
    assert.equal(actual, `{"items":[2],"content":[${NOTICE}],${META}}`);
  });
});

describe('structured content', () => {
  const copies = [
    { name: 'the document', copy: DOCUMENT, filtered: FILTERED },
    {
      name: 'the document in another spelling',
      copy: '{"items":[{"id":9007199254740993},{"id":"S\\u0045CRET"},{"p":15e-1}],"next_cursor":"c","total":3.0}',
      filtered: '{"items":[{"id":9007199254740993},{"p":15e-1}],"next_cursor":"c","total":3.0}',
    },
    { name: 'the document as a member', copy: `{"result":${DOCUMENT}}`, filtered: `{"result":${FILTERED}}` },
    {
      name: 'its items as a member',
      copy: '{"r":[{"id":9007199254740993},{"id":"SECRET"},{"p":1.5}]}',
      filtered: '{"r":[{"id":9007199254740993},{"p":1.5}]}',
    },
    {
      name: 'its text, as the filesystem server does',
      copy: `{"content":${quoted(DOCUMENT)}}`,
      filtered: `{"content":${quoted(FILTERED)}}`,
    },
    {
      name: 'its text twice',
      copy: `{"a":${quoted(DOCUMENT)},"b":${quoted(DOCUMENT)}}`,
      filtered: `{"a":${quoted(FILTERED)},"b":${quoted(FILTERED)}}`,
    },
  ];
  for (const { name, copy, filtered } of copies) {
    test(`that repeats ${name} is filtered alike`, () => {
      const actual = delivered(
        READ,
        `{"structuredContent":${copy},"content":[{"type":"text","text":${quoted(DOCUMENT)}}]}`,
        SECOND_SECRET,
      );
      assert.equal(
        actual,
        `{"structuredContent":${filtered},"content":[{"type":"text","text":${quoted(FILTERED)}},${NOTICE}],${META}}`,
      );
    });
  }

  const others = [
    '{"things":["SECRET"]}',
    `{"result":${DOCUMENT},"summary":"SECRET"}`,
    `{"text":${quoted(`${DOCUMENT} `)}}`,
    '"SECRET"',
    '{"items":[{"id":9007199254740992},{"id":"SECRET"},{"p":1.5}]}',
    '{"r":[{"id":9007199254740993},{"id":"SECRET","id":"SECRET"},{"p":1.5}]}',
  ];
  for (const other of others) {
    test(`that is another form of the items is withheld together with them: ${other}`, () => {
      const result = `{"content":[{"type":"text","text":${quoted(DOCUMENT)}}],"structuredContent":${other}}`;
      const actual = delivered(READ, result, SECOND_SECRET);
      assert.ok(!actual.includes('SECRET'));
      const { structuredContent, content, _meta } = JSON.parse(actual);
      assert.equal(structuredContent, undefined);
      assert.equal(content[0].text, EMPTIED);
      assert.equal(
        content[1].text,
        '[Sluice] 3 items were withheld by the access policy: 1 by secrecy, 0 by integrity, 2 because a second form of the response cannot be filtered.',
      );
      assert.deepEqual(_meta, { 'sluice.dev/withheld': { count: 3, secrecy: 1, integrity: 0 } });
    });
  }

  test('that holds the labelled items is filtered, and prose beside it is withheld together with them', () => {
    const structured = '"structuredContent":{"items":[1,"SECRET"]}';
    const labelling = paths('/structuredContent/items', [open, secret]);
    assert.deepEqual(withoutMarks(delivered(READ, `{"content":[],${structured}}`, labelling)), {
      content: [],
      structuredContent: { items: [1] },
    });
    const beside = `{"content":[{"type":"text","text":"1 and SECRET"}],${structured}}`;
    assert.deepEqual(withoutMarks(delivered(READ, beside, labelling)), {
      content: [],
      structuredContent: { items: [] },
    });
  });

  test('that repeats labelled content items is filtered alike', () => {
    const items = '[{"type":"text","text":"a"},{"type":"text","text":"SECRET"}]';
    const result = `{"content":${items},"structuredContent":{"content":${items}}}`;
    const kept = [{ type: 'text', text: 'a' }];
    assert.deepEqual(withoutMarks(delivered(READ, result, paths('/content', [open, secret]))), {
      content: kept,
      structuredContent: { content: kept },
    });
  });
});

describe('what lies outside of the items of a resource that may not be read', () => {
  const call = { ...READ, resource: secret };

  test('goes, all but the array and pagination cursors', () => {
    const result = `{"isError":true,"_meta":{"trace":"SIBLING"},"structuredContent":${DOCUMENT},"nextCursor":"n","content":[
      {"type":"text","text":"","note":"SIBLING"},{"annotations":{"a":"SIBLING"},"type":"text","text":${quoted(DOCUMENT)}},{"type":"image","data":"SIBLING"}]}`;
    const actual = delivered({ ...call, notice: 'quiet' }, result, SECOND_SECRET);
    assert.ok(!actual.includes('SIBLING') && !actual.includes('total'));
    const kept = WITHOUT_SIBLINGS.replace('"items": ', '"items": ');
    assert.equal(
      actual,
      `{"structuredContent":${kept},"nextCursor":"n","content":[\n      {"type":"text","text":${quoted(kept)}}]}`,
    );
  });

  test('goes even when no item is withheld, without a notice', () => {
    const result = `{"content":[{"type":"text","text":${quoted(DOCUMENT)}}],"_meta":{"a":1}}`;
    const actual = delivered(call, result, paths('/items', [open, open, open]));
    const kept = DOCUMENT.replace('"total": 3, ', '');
    assert.equal(actual, `{"content":[{"type":"text","text":${quoted(kept)}}]}`);
  });

  test('goes at every level of a nested items_path, which stays where it was', () => {
    const document =
      '{"n":1,"pages":[{"rows":["SIBLING"]},{"rows":[1,2],"count":2},{"rows":[]}],"pageInfo":{"endCursor":"e","hasNextPage":true,"totalCount":9,"x":{"cursor":1}}}';
    const result = JSON.stringify({ content: [{ type: 'text', text: document }] });
    const actual = delivered(call, result, paths('/pages/1/rows', [open, secret]));
    assert.equal(
      textsOf(actual)[0],
      '{"pages":[null,{"rows":[1]}],"pageInfo":{"endCursor":"e","hasNextPage":true}}',
    );
  });

  test('a cursor is a scalar, so nothing hides in one', () => {
    const document =
      '{"cursor":{"x":"SIBLING"},"next_cursor":["SIBLING"],"pagination":{"total":1},"items":[1]}';
    const result = JSON.stringify({ content: [{ type: 'text', text: document }] });
    assert.equal(textsOf(delivered(call, result, paths('/items', [open])))[0], '{"items":[1]}');
  });

  test('stays in propagate mode, in which everything may be read', () => {
    const result = `{"content":[{"type":"text","text":${quoted(DOCUMENT)}}]}`;
    assert.equal(delivered({ ...call, mode: 'propagate' }, result, SECOND_SECRET), result);
  });
});

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

function described(secrecy: readonly string[], integrity: readonly string[]): DescribedLabels {
  return { description: '', ...labels({ secrecy, integrity }) };
}

function paths(itemsPath: string, own: readonly DescribedLabels[]): ResponseLabels {
  const entries = own.map((each, index) => ({ path: `${itemsPath}/${index}`, labels: each }));
  return { kind: 'paths', entries, defaultLabels: undefined, itemsPath };
}

function delivered(call: JudgedCall, result: string, said: ResponseLabels): string {
  const judgement = judgeResponse(call, labelResponse(result, said));
  assert.equal(judgement.kind, 'deliver');
  return judgement.kind === 'deliver' ? judgement.text : '';
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function textsOf(result: string): string[] {
  return JSON.parse(result).content.map(({ text }: { text: string }) => text);
}

/** A result without its notice and metadata. */
function withoutMarks(result: string) {
  const { content, _meta, ...rest } = JSON.parse(result);
  return { ...rest, content: content.slice(0, -1) };
}
