import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isGhAwDialect } from '../../../gateway/gh-aw/gh-aw-dialect.ts';
import type { JsonValue } from '../../../gateway/policy/json-value.ts';

suite('a JSON configuration', () => {
  const foreign: readonly JsonValue[] = [
    { gateway: { port: 1, domain: 'localhost', agentId: 'k' }, mcpServers: {} },
    { gateway: { agentId: 'k' } },
    { gateway: { payloadDir: '/p' } },
    { gateway: { listen: 'x', domain: 'localhost' } },
    { customSchemas: {} },
  ];
  for (const root of foreign)
    test(`is gh-aw’s: ${JSON.stringify(root)}`, () => assert.equal(isGhAwDialect(root), true));

  const own: readonly JsonValue[] = [
    { mcpServers: {} },
    { gateway: { listen: '127.0.0.1:0', apiKey: 'k', toolTimeout: 60, guardsMode: 'strict' } },
    { mcpServers: { x: { type: 'stdio', container: 'mcp/x' } } },
    { gateway: [] },
    [],
  ];
  for (const root of own)
    test(`is Sluice’s own: ${JSON.stringify(root)}`, () => assert.equal(isGhAwDialect(root), false));
});
