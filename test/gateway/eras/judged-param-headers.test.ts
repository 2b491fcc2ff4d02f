import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseToolPage } from '../../../gateway/backend/tool-definition.ts';
import { judgedParamHeaders } from '../../../gateway/eras/judged-param-headers.ts';

const properties = { region: { type: 'string', 'x-mcp-header': 'Region' } };
const tool = parseToolPage(JSON.stringify({ tools: [{ name: 'x', inputSchema: { properties } }] })).tools[0];
const judged = (args: object, headers: Record<string, string>, of = tool) =>
  judgedParamHeaders({ call: { tool: 'x', args: JSON.stringify(args) }, headers }, of);

suite('headers that repeat arguments', () => {
  test('are made from the arguments, whatever the client sends besides', () => {
    const headers = { 'mcp-param-region': '=?base64?ZXU=?=', 'mcp-param-secret': 'x' };
    assert.deepEqual(judged({ region: 'eu' }, headers), { 'mcp-param-region': 'eu' });
  });

  test('are refused where they say something else, or what no argument says', () => {
    for (const args of [{ region: 'us' }, {}])
      assert.throws(() => judged(args, { 'mcp-param-region': 'eu' }), { code: -32020 });
    assert.throws(() => judged({ region: 'us' }, { 'mcp-param-other': 'x' }), { code: -32020 });
  });

  test('are none where there are none, or the tool is not known', () => {
    assert.deepEqual(judged({ region: 'eu' }, {}), {});
    assert.deepEqual(
      judgedParamHeaders({ call: { tool: 'x', args: '{}' }, headers: { a: 'b' } }, undefined),
      {},
    );
  });
});
