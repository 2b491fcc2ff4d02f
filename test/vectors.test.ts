/** Each file of vectors has one test that takes all of it; a new file, or a case that nobody runs, shows here. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';

/** How many cases there are, and the test that runs each of them. */
const files: Readonly<Record<string, readonly [cases: number, test: string]>> = {
  evaluate: [215, 'gateway/monitor/access.test.ts'],
  filter: [74, 'gateway/monitor/filter.test.ts'],
  flow: [81, 'gateway/monitor/labels.test.ts'],
  'label-agent-output': [62, 'sidecar/guard-output.test.ts'],
  'label-resource-output': [40, 'sidecar/guard-output.test.ts'],
  'label-response-output': [56, 'sidecar/guard-output.test.ts'],
  modes: [16, 'gateway/monitor/mode.test.ts'],
  'path-labels': [117, 'gateway/response/label-response.test.ts'],
  pipeline: [196, 'e2e/pipeline.test.ts'],
  policy: [256, 'gateway/policy/policy-vectors.test.ts'],
  'write-sink': [63, 'gateway/policy/write-sink-vectors.test.ts'],
};

/** What leaves cases out. */
const leavesOut = /\b(?:skip|todo|only)(?:\(|:)|ectors[^;\n]*\.(?:filter|slice)\(/;

suite('vectors', () => {
  test('are those of these files, and no others', () => {
    const found = globSync('vectors/*.json', { cwd: import.meta.dirname });
    assert.deepEqual(
      found.sort(),
      Object.keys(files).map((name) => `vectors/${name}.json`),
    );
  });

  for (const [name, [cases, testFile]] of Object.entries(files)) {
    test(`of ${name} are ${cases}, told apart by their ids, and all run by ${testFile}`, () => {
      const { vectors }: { vectors: { id: string }[] } = JSON.parse(read(`vectors/${name}.json`));
      assert.equal(vectors.length, cases);
      assert.equal(new Set(vectors.map(({ id }) => id)).size, cases);
      const source = read(testFile);
      assert.match(
        source,
        new RegExp(`vectors/${name}\\.json|readVectors<.*>\\('${name}'\\)|runVectors\\('${name}'`),
      );
      assert.doesNotMatch(source.replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''"), leavesOut);
    });
  }
});

function read(path: string): string {
  return readFileSync(join(import.meta.dirname, path), 'utf8');
}
