import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nameableTool } from '../../../gateway/telemetry/tool-names.ts';

suite('tools in metrics', () => {
  test('are named, up to 200 of one server, however many it makes up', () => {
    const named = Array.from({ length: 1_000 }, (_, made) => nameableTool('endless', `tool-${made}`));
    assert.equal(named.filter((name) => name !== undefined).length, 200);
    assert.equal(nameableTool('endless', 'tool-7'), 'tool-7');
    assert.equal(nameableTool('another', 'tool-999'), 'tool-999');
  });
});
