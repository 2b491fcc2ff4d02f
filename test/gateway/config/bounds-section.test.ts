import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import { parseConfig } from '../../../gateway/config.ts';

function boundsOf(bounds: unknown) {
  const server = { type: 'http', url: 'http://127.0.0.1:1/', bounds };
  const text = JSON.stringify({ mcpServers: { s: server } });
  return parseConfig(text, { folder: '/etc/sluice', env: {} }).servers[0]?.bounds;
}

function problemsOf(bounds: unknown): readonly string[] {
  try {
    boundsOf(bounds);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

suite('bounds', () => {
  test('are none where nothing is given', () => {
    assert.equal(boundsOf(undefined), undefined);
    assert.equal(boundsOf({}), undefined);
  });

  test('are what is given, and nothing else is bounded', () => {
    const all = {
      readFloor: ['files:private'],
      readCeiling: ['none:*'],
      writeFloor: ['approved'],
      namespace: ['files:*'],
      reads: ['get', 'list_*'],
      maxTags: 10,
      maxTagLength: 100,
      maxItems: 1_000,
      maxNesting: 20,
    };
    assert.deepEqual(boundsOf(all), all);
    assert.deepEqual(boundsOf({ reads: [] }), { reads: [] });
  });

  test('that are wrong are refused, all at once', () => {
    const bounds = { readFloor: ['files:*'], writeFloor: ['*'], namespace: 'files:*', reads: ['', 'a'] };
    assert.deepEqual(problemsOf({ ...bounds, maxItems: 0, maxNesting: 1_000, readCieling: [] }), [
      'unknown key mcpServers.s.bounds.readCieling: did you mean readCeiling?',
      'mcpServers.s.bounds.readFloor: holds a pattern: name the tags themselves',
      'mcpServers.s.bounds.writeFloor: holds a pattern: name the tags themselves',
      'mcpServers.s.bounds.namespace: must be a list of texts',
      'mcpServers.s.bounds.reads: must not hold a blank text',
      'mcpServers.s.bounds.maxItems: must be a whole number from 1 to 100000',
      'mcpServers.s.bounds.maxNesting: must be a whole number from 1 to 256',
    ]);
    assert.deepEqual(problemsOf([]), ['mcpServers.s.bounds: must be an object']);
  });
});
