/** The gateway's spans of what is said without a client's request, as a collector gets them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { nodeServer, rulesGuard } from '../harness/gateway-parts.ts';
import type { ExportedSpan } from '../harness/otlp/exported.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { line, RecordingClient } from '../harness/recording-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const toldServer = nodeServer(join(import.meta.dirname, '../harness/told-server.ts'));
const policy = {
  mode: 'filter',
  tools: [
    { names: ['notifications/message'], operation: 'read', secrecy: ['house'], integrity: [] },
    { names: '*', operation: 'read-write', secrecy: [], integrity: [] },
  ],
};
const attributes = ['sluice.difc.outcome', 'sluice.difc.reason', 'error.type'];

const trail = join(await temporaryFolder(), 'trail.jsonl');
const parts = new AsyncDisposableStack();
let otlp: OtlpReceiver;
let gateway: RunningGateway;
before(async () => {
  otlp = parts.use(await OtlpReceiver.start());
  gateway = parts.use(
    await RunningGateway.start({
      env: otlp.env,
      gateway: { audit: { file: trail } },
      guards: { rules: rulesGuard },
      mcpServers: { told: { ...toldServer, guard: 'rules', 'guard-policies': policy } },
    }),
  );
  await gateway.ready();
});
after(() => parts.disposeAsync());

const open = (answer?: () => Promise<Record<string, unknown>>) =>
  RecordingClient.open({
    url: `${gateway.url}/mcp/told`,
    capabilities: { sampling: {} },
    run: crypto.randomUUID(),
    ...(answer !== undefined && { answer }),
  });

/** The tree that a span of this name is the root of, without what the sidecar says. */
async function treeUnder(name: string): Promise<{ tree: string; span: ExportedSpan }> {
  const span = await otlp.span((each) => each.name === name && each.service === 'sluice-gateway');
  await otlp.trace(span.traceId, ({ spanId }) => spanId === span.spanId);
  const tree = otlp.tree(span.traceId, attributes).replace(/^ *sidecar .*\n?/gm, '');
  return { tree: tree.trimEnd(), span };
}

suite('what a server says of its own accord', () => {
  test('has one span each, with its guard’s questions and the decision in it, as has the client’s answer', async () => {
    const answer = { role: 'assistant', content: { type: 'text', text: 'yes' }, model: 'm' };
    await using client = await open(async () => answer);
    const params = { messages: [], maxTokens: 1 };
    await client.text('say', { lines: [line({ id: 'a', method: 'sampling/createMessage', params })] });
    await client.heard('"a"');
    const asked = await treeUnder('sampling/createMessage');
    assert.equal(
      asked.tree,
      [
        'gateway CONSUMER sampling/createMessage sluice.difc.outcome=result',
        '  gateway CLIENT guard.label_resource',
        '  gateway INTERNAL difc.decide',
        '  gateway CLIENT guard.label_response',
        '  gateway INTERNAL difc.filter',
      ].join('\n'),
    );
    assert.deepEqual(asked.span.attributes, {
      'mcp.method.name': 'sampling/createMessage',
      'sluice.server.name': 'told',
      'sluice.difc.outcome': 'result',
      'sluice.difc.principal': 'anonymous',
    });
    const answered = await treeUnder('sampling/createMessage/response');
    assert.match(
      answered.tree,
      /^gateway CONSUMER sampling\/createMessage\/response sluice.difc.outcome=result\n/,
    );
    assert.equal(answered.span.attributes['mcp.method.name'], 'sampling/createMessage');
  });

  test('says why it was not passed on', async () => {
    await using client = await open();
    const said = line({ method: 'notifications/message', params: { level: 'info', data: 'a planted word' } });
    await client.text('say', { lines: [said] });
    const { tree } = await treeUnder('notifications/message');
    assert.match(tree, /^gateway CONSUMER notifications\/message sluice.difc.outcome=denied .*READ_SECRECY/);
  });

  test('is called by its method where MCP has it: any other is a server’s words', async () => {
    await using client = await open();
    await client.text('say', { lines: [line({ method: 'notifications/made-up', params: {} })] });
    await treeUnder('_OTHER');
    assert.ok(!otlp.bodies.some((body) => body.includes('made-up') || body.includes('planted')));
  });

  test('begins no trace beside it: each question of a guard is in one that is the gateway’s, from its top', async () => {
    const tops = otlp.spans.filter(({ parentSpanId }) => parentSpanId === '');
    assert.deepEqual([...new Set(tops.map(({ kind }) => kind))].sort(), ['CONSUMER', 'SERVER']);
  });

  test('is in the audit trail with the trace of its span', async () => {
    const { span } = await treeUnder('notifications/message');
    await gateway.stop();
    const lines = (await readFile(trail, 'utf8')).split('\n').filter((each) => each.includes(span.traceId));
    const told = lines.map((each) => JSON.parse(each));
    assert.deepEqual(
      told.map(({ tool, trace }) => [tool, trace]),
      [['notifications/message', span.traceId]],
    );
  });
});
