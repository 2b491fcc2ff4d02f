import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LabelExport } from '../../sidecar/guest/protocol.ts';
import { maxJsonDepth, maxLabeledEntries, maxOutputBytes, maxTagsPerOutput } from '../../sidecar/limits.ts';
import { checkGuardOutput, fuzzGuardOutput } from './guard-output.ts';

describe('whatever a guard answers', () => {
  it('is read as the ABI says, or refused with the code that it says', async () => {
    const counts = await fuzzGuardOutput({ seed: 20_261_122, iterations: 30_000 });
    for (const end of ['value', 'INVALID_OUTPUT', 'POLICY_REJECTED', 'GUARD_ERROR'])
      assert.ok((counts[end] ?? 0) > 0, `no output ended in ${end}: ${JSON.stringify(counts)}`);
    assert.ok((counts.value ?? 0) > 5_000, `too few are sound: ${JSON.stringify(counts)}`);
  });

  const tag = (index: number) => JSON.stringify(`t${index}`);
  const tags = (count: number) => `[${Array.from({ length: count }, (_, index) => tag(index))}]`;
  const paths = (count: number, labels = '{}') =>
    `{"labeled_paths":[${Array.from({ length: count }, () => `{"path":"","labels":${labels}}`)}]}`;
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const perEntry = 4_000;

  const cases: [what: string, name: LabelExport, output: string, end: string][] = [
    ['as many entries as there may be', 'label_response', paths(maxLabeledEntries), 'value'],
    ['one entry more', 'label_response', paths(maxLabeledEntries + 1), 'INVALID_OUTPUT'],
    [
      'as many tags as there may be',
      'label_response',
      paths(maxTagsPerOutput / perEntry, `{"secrecy":${tags(perEntry)}}`),
      'value',
    ],
    [
      'more tags',
      'label_response',
      paths(maxTagsPerOutput / perEntry + 1, `{"secrecy":${tags(perEntry)}}`),
      'INVALID_OUTPUT',
    ],
    [
      '100,000 tags in one label',
      'label_resource',
      `{"resource":{"integrity":${tags(100_000)}}}`,
      'INVALID_OUTPUT',
    ],
    ['the deepest nesting', 'label_response', nested(maxJsonDepth), 'value'],
    ['one level more', 'label_response', nested(maxJsonDepth + 1), 'INVALID_OUTPUT'],
    ['a million levels', 'label_agent', '['.repeat(1_000_000), 'INVALID_OUTPUT'],
    ['16 MiB of white space', 'label_resource', ' '.repeat(maxOutputBytes), 'INVALID_OUTPUT'],
    [
      'one byte more than an output may have',
      'label_response',
      `null${' '.repeat(maxOutputBytes - 3)}`,
      'large',
    ],
  ];
  for (const [what, name, output, end] of cases) {
    it(`may be ${what}, and ends in ${end}`, () => {
      const bytes = Buffer.from(output);
      if (end !== 'large') assert.equal(checkGuardOutput(name, bytes), end);
      // The model knows nothing of sizes.
      else assert.throws(() => checkGuardOutput(name, bytes), /refused what the ABI takes.*above the limit/);
    });
  }
});
