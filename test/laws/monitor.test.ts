/** The monitor is to be trusted by reading it: small, and a function of what it is given. What it imports, test/layering.test.ts holds. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';

/** What ten minutes are enough for, at 50 lines a minute. */
const maxLines = 500;

/** What would make an answer depend on more than the question: a clock, chance, the system, waiting, state of a module. */
const impure =
  /\b(?:Date|performance|Math\.random|crypto|process|console|globalThis|fetch|setTimeout|setInterval|async|await|Promise|eval|Function)\b|^(?:export )?(?:let|var)\b|^(?:export )?(?:abstract )?class\b/m;

const folder = join(import.meta.dirname, '..', '..', 'gateway', 'monitor');
const sources = globSync('**/*.ts', { cwd: folder }).map((name) => ({
  name,
  text: readFileSync(join(folder, name), 'utf8'),
}));

suite('the monitor', () => {
  test('can be read in ten minutes', () => {
    const lines = sources.reduce((sum, { text }) => sum + text.split('\n').length, 0);
    assert.ok(lines > 0 && lines <= maxLines, `${lines} lines`);
  });

  for (const { name, text } of sources) {
    test(`depends on nothing but what it is given, in ${name}`, () => {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').replaceAll(/'[^'\n]*'/g, "''");
      assert.doesNotMatch(code, impure);
    });
  }

  for (const [about, work, where] of [
    ['compares sets of tags', /\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|intersection)\(/, ['labels.ts']],
    // Besides the join: what the operator adds to a guard's word, and what a privilege takes from an agent.
    [
      'adds and takes tags',
      /\.(?:union|difference|symmetricDifference)\(/,
      ['bounds.ts', 'labels.ts', 'relabel.ts'],
    ],
  ] as const) {
    test(`${about} in ${where.join(', ')} only`, () => {
      const working = sources.filter(({ text }) => work.test(text)).map(({ name }) => name);
      assert.deepEqual(working.sort(), [...where]);
    });
  }
});
