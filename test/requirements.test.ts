import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { requirements } from './requirements.ts';

suite('each promise has its test', () => {
  for (const { promise, file, test: name } of requirements) {
    test(promise, async () => {
      const source = await readFile(join(import.meta.dirname, file), 'utf8');
      assert.ok(source.includes(name), `${file} has no test named "${name}"`);
    });
  }
});
