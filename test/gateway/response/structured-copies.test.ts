import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeResponse } from '../../../gateway/response/judge-response.ts';
import { labelResponse } from '../../../gateway/response/label-response.ts';
import { sorted } from '../monitor/read-vectors.ts';
import {
  DOCUMENT,
  delivered,
  EMPTIED,
  FILTERED,
  META,
  NOTICE,
  open,
  paths,
  quoted,
  READ,
  SECOND_SECRET,
  secret,
  trusted,
  withoutMarks,
} from './judging.ts';

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

  test('that is withheld together with the items leaves the agent as it is', () => {
    const call = { ...READ, mode: 'propagate' as const, operation: 'read-write' as const };
    const result = `{"content":[{"type":"text","text":"[1,2]"}],"structuredContent":{"a":1}}`;
    const judgement = judgeResponse(call, labelResponse(result, paths('', [secret, trusted])));
    assert.deepEqual(judgement.kind === 'deliver' && sorted(judgement.agentAfter), sorted(open));
    assert.deepEqual(judgement.withheld, { count: 2, secrecy: 0, integrity: 1 });
  });

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
