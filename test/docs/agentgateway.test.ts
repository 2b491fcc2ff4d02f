import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { parseConfig } from '../../gateway/config.ts';
import { maxSuspendedCalls, maxSuspendedCallsOfPrincipal } from '../../gateway/ext-mcp/ext-mcp-limits.ts';
import { callKey } from '../../gateway/ext-mcp/read-question.ts';

const root = join(import.meta.dirname, '..', '..');
const page = await readFile(join(root, 'docs', 'agentgateway.md'), 'utf8');
const [, own = ''] = /```jsonc\n([\s\S]*?)```/.exec(page) ?? [];
const [, theirs = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];

suite('the page about agentgateway', () => {
  test('shows a configuration of Sluice that is one, and one of agentgateway that fits it', () => {
    const { extMcp, servers } = parseConfig(own, { folder: root, env: {} });
    const { policies, targets } = parse(theirs).mcp;
    const [processor] = policies.mcpGuardrails.processors;
    assert.ok(extMcp?.listen.kind === 'tcp');
    assert.equal(processor.host, `${extMcp.listen.host}:${extMcp.listen.port}`);
    assert.deepEqual(processor.methods, { '*': 'full' });
    assert.equal(processor.failureMode, 'failClosed');
    const keys = [extMcp.principalKey, extMcp.runKey, callKey];
    assert.deepEqual(Object.keys(processor.metadata).sort(), keys.sort());
    assert.equal(processor.metadata[callKey], `mcpGuardrails.${callKey}`);
    const [target] = targets;
    assert.equal(extMcp.targets?.[target.name], servers[0]?.name);
    assert.deepEqual(servers[0]?.transport.kind === 'http' && servers[0].transport.url, target.mcp.host);
  });

  test('says how much may be under way', () => {
    const limits = `more than ${maxSuspendedCalls.toLocaleString('en')} requests wait for their responses, ${maxSuspendedCallsOfPrincipal} of one principal`;
    assert.ok(page.includes(limits));
  });
});
