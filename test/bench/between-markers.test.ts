import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { betweenMarkers } from './between-markers.ts';

const start = '<!-- bench: written by `npm run bench -- --write` -->';

test('what was between the markers is replaced, and nothing else', () => {
  const document = `above\n${start}\nold\n<!-- /bench -->\nbelow\n`;
  assert.equal(betweenMarkers(document, 'new'), `above\n${start}\n\nnew\n\n<!-- /bench -->\nbelow\n`);
});

test('a document without markers is refused', () => {
  assert.throws(() => betweenMarkers('above\nbelow\n', 'new'), /there is no/);
  assert.throws(() => betweenMarkers(`<!-- /bench -->${start}`, 'new'), /there is no/);
});

for (const path of ['README.md', 'docs/benchmarks.md']) {
  test(`${path} has the markers`, async () => {
    const document = await readFile(join(import.meta.dirname, '..', '..', path), 'utf8');
    assert.ok(betweenMarkers(document, '§').includes('§'));
  });
}
