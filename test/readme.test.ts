import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseConfig } from '../gateway/config.ts';
import { guardLimitRanges } from '../sidecar/guard-limits.ts';

const root = join(import.meta.dirname, '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');

suite('the README', () => {
  test('shows a configuration that is one', () => {
    const example = /```jsonc\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const config = parseConfig(example, { folder: root, env: {} });
    assert.deepEqual(
      config.servers.map(({ name }) => name),
      ['files'],
    );
  });

  test('names every limit of a guard with its default', () => {
    for (const [name, range] of Object.entries(guardLimitRanges)) {
      assert.ok(readme.includes(`\`${name}\` ${range.default.toLocaleString('en')}`), name);
    }
  });

  test('names every command that it shows', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const shown = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '');
    assert.deepEqual(
      shown.filter((name) => !(name in scripts)),
      [],
    );
  });

  test('links only to what is there', async () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link ?? '');
    for (const link of links)
      await assert.doesNotReject(readFile(join(root, link)).catch(ignoreFolder), link);
  });
});

function ignoreFolder(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EISDIR') throw error;
}
