import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject } from '../../../sidecar/config/json-value.ts';
import { readPlacePattern } from '../../../sidecar/guard-command/place-pattern.ts';
import { Redactor } from '../../../sidecar/guard-command/redactor.ts';

function question(parts: { args?: JsonObject; policy?: JsonObject; result?: JsonObject; came?: JsonObject }) {
  const { args = {}, policy, result, came = {} } = parts;
  return { guard: 'g', digest: '', policy, tool: 'read_file', args, result, backend: [], came };
}

const redactor = (...kept: string[]) => new Redactor(kept.map(readPlacePattern));
const args = (redacted: { args: JsonObject }) => Object.values(redacted.args).map(String);

suite('a redacted question', () => {
  test('has the shapes of what was there, and the same for the same', () => {
    const one = redactor();
    const texts = { a: 'octocat/hello-World.md', b: 'Octocat', c: 'HELLO', d: 'issue 2026', e: 'Grüße' };
    const [a = '', b = '', c = '', d = '', e = ''] = args(one.redact(question({ args: texts })));
    assert.match(a, /^[a-z]{7}\/[a-z]{5}-[A-Z][a-z]{4}\.[a-z]{2}$/);
    assert.equal(b.toLowerCase(), a.slice(0, 7));
    assert.equal(c, a.slice(8, 13).toUpperCase());
    assert.match(d, /^[a-z]{5} \d{4}$/);
    assert.match(e, /^[A-Z][a-z]{4}$/);
    for (const [index, text] of Object.values(texts).entries())
      assert.notEqual([a, b, c, d, e][index]?.toLowerCase(), text.toLowerCase());
    assert.equal(args(one.redact(question({ args: { x: 'octocat' } })))[0], a.slice(0, 7));
    assert.notEqual(args(redactor().redact(question({ args: { x: 'octocat' } })))[0], a.slice(0, 7));
  });

  test('keeps what the policy says, tool names, keys, numbers, and the words of MCP', () => {
    const policy = { paths: ['/data/public/**'], names: 'octocat' };
    const result = { content: [{ type: 'text', text: 'data of octocat in Paris', size: 7 }], isError: false };
    const redacted = redactor().redact(question({ args: { path: '/data/public/paris' }, policy, result }));
    assert.deepEqual(redacted.policy, policy);
    assert.match(args(redacted)[0] ?? '', /^\/data\/public\/[a-z]{5}$/);
    const { content, isError } = redacted.result ?? {};
    assert.equal(isError, false);
    assert.match(
      JSON.stringify(content),
      /"type":"text","text":"data [a-z]{2} octocat [a-z]{2} [A-Z][a-z]{4}","size":7/,
    );
  });

  test('is redacted inside of texts that are JSON, where the keys stay', () => {
    const text = JSON.stringify({ items: [{ title: 'Hush', state: 'open', n: 1 }] });
    const result = { content: [{ type: 'text', text }] };
    const redacted = redactor('/result/content/*/text/items/*/state').redact(question({ result }));
    assert.match(
      JSON.stringify(redacted.result).replaceAll('\\', ''),
      /"text":"\{"items":\[\{"title":"[A-Z][a-z]{3}","state":"open","n":1\}\]\}"/,
    );
    assert.doesNotMatch(JSON.stringify(redacted), /Hush/i);
  });

  test('redacts in labels what the guard was told, and not the words that are its own', () => {
    const came = {
      resource: { description: 'reads Hush', secrecy: ['private:hush'], integrity: [], operation: 'read' },
      response: {
        paths: [{ path: '/hush/0', labels: { secrecy: ['hush'], integrity: [] } }],
        itemsPath: '/hush',
      },
    };
    const redacted = redactor().redact(question({ args: { name: 'hush' }, came }));
    const [hush = ''] = args(redacted);
    const capital = hush.replace(/^./, (letter) => letter.toUpperCase());
    assert.deepEqual(redacted.came, {
      resource: {
        description: `reads ${capital}`,
        secrecy: [`private:${hush}`],
        integrity: [],
        operation: 'read',
      },
      response: {
        paths: [{ path: '/hush/0', labels: { secrecy: [hush], integrity: [] } }],
        itemsPath: '/hush',
      },
    });
  });

  const places: readonly (readonly [pattern: string, kept: readonly string[]])[] = [
    ['/args/a', ['one']],
    ['/args/*', ['one', 'two', 'three']],
    ['/args/b', ['two', 'three']],
    ['/**/d', ['three']],
    ['/args/b/c~1', ['two']],
    ['/other', []],
  ];
  for (const [pattern, kept] of places) {
    test(`keeps what is at ${pattern}`, () => {
      const redacted = redactor(pattern).redact(
        question({ args: { a: 'one', b: { 'c/': 'two', d: 'three' } } }),
      );
      const text = JSON.stringify(redacted.args);
      assert.deepEqual(
        ['one', 'two', 'three'].filter((word) => text.includes(word)),
        kept,
      );
    });
  }
});
