import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DOCUMENT,
  delivered,
  open,
  paths,
  quoted,
  READ,
  SECOND_SECRET,
  secret,
  textsOf,
  WITHOUT_SIBLINGS,
} from './judging.ts';

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
