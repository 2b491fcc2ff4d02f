import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { renderAcknowledgement, renderNotice } from '../../../gateway/outcome.ts';
import { JqWorker } from '../../../gateway/shaping/jq-worker.ts';
import { ResponseFilters } from '../../../gateway/shaping/response-filters.ts';
import { filtered, never, textResult } from './filter-rig.ts';

const jq = new JqWorker();
after(() => jq[Symbol.asyncDispose]());

async function textAfter(program: string, text: string): Promise<string> {
  return JSON.parse(await filtered(jq, program, textResult(text))).content[0].text;
}

const failed = (words: RegExp) => ({ code: 'FILTER_FAILED', message: words });

suite('a response filter', () => {
  test('is given the JSON in the text and its output takes the place of the text', async () => {
    const text = '{"items":[{"id":1,"secret":"x"},{"id":2,"secret":"y"}],"total":2}';
    assert.equal(await textAfter('.items |= map({id})', text), '{"items":[{"id":1},{"id":2}],"total":2}');
  });

  test('keeps the digits of numbers that it does not compute with', async () => {
    const text = '{"id":9007199254740993,"price":1.10,"far":100000000000000000000000000001,"body":"x"}';
    assert.equal(
      await textAfter('del(.body)', text),
      '{"id":9007199254740993,"price":1.10,"far":100000000000000000000000000001}',
    );
  });

  test('leaves the other content items, the metadata and nothing else beside them', async () => {
    const image = { type: 'image', data: 'AA==', mimeType: 'image/png' };
    const result = {
      content: [image, { type: 'text', text: '{"a":' }, { type: 'text', text: '1}' }],
      _meta: { trace: 1 },
      stray: 'secret',
    };
    assert.deepEqual(JSON.parse(await filtered(jq, '[.a]', result)), {
      content: [image, { type: 'text', text: '[1]' }],
      _meta: { trace: 1 },
    });
  });

  test('replaces structured content by an object and drops it for anything else', async () => {
    const result = textResult('{"a":1,"b":2}', { structuredContent: { a: 1, b: 2 } });
    assert.deepEqual(JSON.parse(await filtered(jq, '{a}', result)), {
      content: [{ type: 'text', text: '{"a":1}' }],
      structuredContent: { a: 1 },
    });
    assert.deepEqual(JSON.parse(await filtered(jq, '.a', result)), {
      content: [{ type: 'text', text: '1' }],
    });
  });

  test('is given the structured content where no text is JSON', async () => {
    const result = textResult('one thing, b is 2', { structuredContent: { a: 1, b: 2 } });
    assert.deepEqual(JSON.parse(await filtered(jq, '{a}', result)), {
      content: [{ type: 'text', text: '{"a":1}' }],
      structuredContent: { a: 1 },
    });
  });

  test('is given any other text as a string, so that one made for objects fails', async () => {
    await assert.rejects(textAfter('{id}', 'no "results"'), failed(/jq ended with an error/));
    assert.equal(await textAfter('if type == "string" then "none" else {id} end', 'no results'), 'none');
  });

  test('leaves the notice of withheld items last, and never sees it', async () => {
    const withheld = { count: 1, secrecy: 1, integrity: 0 };
    const notice = JSON.parse(renderNotice(withheld).contentItem);
    const result = {
      content: [{ type: 'text', text: '[{"id":1,"x":2}]' }, notice],
      _meta: { 'sluice.dev/withheld': withheld },
    };
    assert.deepEqual(JSON.parse(await filtered(jq, 'map({id})', result, true)), {
      content: [{ type: 'text', text: '[{"id":1}]' }, notice],
      _meta: { 'sluice.dev/withheld': withheld },
    });
  });

  test('takes a notice that is not ours for what the tool said', async () => {
    const withheld = { count: 1, secrecy: 1, integrity: 0 };
    const result = {
      content: [{ type: 'text', text: '{"id":1}' }, JSON.parse(renderNotice(withheld).contentItem)],
      _meta: { 'sluice.dev/withheld': withheld },
    };
    await assert.rejects(filtered(jq, '{id}', result, false), failed(/jq ended with an error/));
  });

  test('leaves errors, parts of a conversation, our own words and results without texts as they are', async () => {
    const left: [object, boolean][] = [
      [textResult('{"id":1}', { isError: true }), false],
      [{ resultType: 'input_required', requestState: 's' }, false],
      [JSON.parse(renderAcknowledgement()), true],
      [JSON.parse(renderAcknowledgement({ count: 1, secrecy: 0, integrity: 1 })), true],
      [{ content: [{ type: 'image', data: '', mimeType: 'image/png' }] }, false],
    ];
    for (const [result, isChanged] of left)
      assert.equal(await filtered(jq, '.nothing', result, isChanged), JSON.stringify(result));
  });

  test('does not concern other tools', async () => {
    const filters = new ResponseFilters({ get: '.a' }, jq);
    assert.ok(filters.concern('get') && !filters.concern('constructor'));
    const text = '{"content":[{"type":"text","text":"{}"}]}';
    assert.equal(await filters.apply('constructor', { text, isChanged: false }, never), text);
  });

  test('fails unless it has exactly one output', async () => {
    await assert.rejects(textAfter('.[]', '[1,2]'), failed(/exactly one output/));
    await assert.rejects(textAfter('.[]', '[]'), failed(/exactly one output/));
    assert.equal(await textAfter('.[]', '[null]'), 'null');
  });

  test('that fails tells nothing of the data', async () => {
    await assert.rejects(textAfter('error(.secret)', '{"secret":"hunter2"}'), (error: Error) => {
      assert.match(error.message, /^the response filter of get failed: jq ended with an error/);
      return !error.message.includes('hunter2');
    });
  });

  test('has no environment, no further input, and cannot end jq', async () => {
    assert.equal(await textAfter('[$ENV, env]', '{}'), '[{},{}]');
    for (const program of ['input', '[inputs]', 'halt', '"x" | halt_error', '"{}" | halt_error(0)'])
      await assert.rejects(textAfter(program, '{}'), failed(/jq ended with an error/), program);
  });

  test('reads no file', async () => {
    for (const program of ['import "/etc/passwd" as $x; $x', 'include "a"; .'])
      await assert.rejects(textAfter(program, '{}'), failed(/jq ended with an error/), program);
  });

  test('fails for what is no result', async () => {
    const filters = new ResponseFilters({ get: '.' }, jq);
    await assert.rejects(filters.apply('get', { text: '[1]', isChanged: false }, never), {
      code: 'not-a-result',
    });
    await assert.rejects(filters.apply('get', { text: '{"content":"x"}', isChanged: false }, never), {
      code: 'not-a-result',
    });
  });
});
