/** The gateway's spans of one tool call, as a collector gets them. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { ModernClient } from '../harness/modern-client.ts';
import type { ExportedSpan } from '../harness/otlp/exported.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';
import { clientSpan, tracedCall } from '../harness/traced-call.ts';

const parts = new AsyncDisposableStack();
let otlp: OtlpReceiver;
let backends: ScriptedBackends;
let gateway: RunningGateway;

const tools = [
  { name: 'hello', script: { result: { content: [{ type: 'text', text: 'hello' }] } } },
  { name: 'list', script: { result: { content: [{ type: 'text', text: '["house","board"]' }] } } },
  { name: 'fail', script: { result: { content: [], isError: true } } },
  { name: 'break', script: { error: { code: -32000, message: 'broken' } } },
];

before(async () => {
  otlp = parts.use(await OtlpReceiver.start());
  backends = parts.use(await ScriptedBackends.start());
  const server = (path: string, more: object) => ({ type: 'http', url: backends.add(path, tools), ...more });
  const secret = script({ mode: 'strict', resource: { secrecy: ['board'] } });
  const mixed = script({
    response: { labeled_paths: [{ path: '/1', labels: { secrecy: ['board'] } }], items_path: '' },
  });
  gateway = parts.use(
    await RunningGateway.start({
      env: otlp.env,
      guards: { scripted: scriptedGuard },
      guests: { traps: {} },
      mcpServers: {
        secret: server('/secret', { guard: 'scripted', 'guard-policies': secret }),
        mixed: server('/mixed', { guard: 'scripted', 'guard-policies': mixed }),
        traps: server('/traps', { guard: 'traps' }),
        open: server('/open', {}),
      },
    }),
  );
  await gateway.ready();
});
after(() => parts.disposeAsync());

const isCall = ({ name }: ExportedSpan) => name.startsWith('tools/call');
const isRoot = (span: ExportedSpan) => span.kind === 'SERVER' && isCall(span);

/** A call in a trace of its own, and that trace without what the sidecar says. */
async function traced(
  server: string,
  tool: string,
): Promise<{ outcome: string; spans: ExportedSpan[]; traceId: string }> {
  const client = await gateway.connect(server);
  // The session's list of tools is read for its first call, and the span of that is not what is asked for.
  await tracedCall(client, 'hello');
  const { traceId, traceparent, spanId } = clientSpan();
  const called = tracedCall(client, tool, { meta: { traceparent } });
  const outcome = await called.then(outcomeOf, () => 'error');
  const spans = await otlp.trace(traceId, (span) => isRoot(span) && span.parentSpanId === spanId);
  return { outcome, spans, traceId };
}

const attributes = [
  'sluice.difc.outcome',
  'sluice.difc.reason',
  'sluice.difc.items_withheld',
  'error.type',
  'sluice.guard.backend_call.code',
];

suite('the spans of a tool call', () => {
  test('are a child of the client’s, with its guard’s questions, the decision, the server and the filter in it', async () => {
    const { traceId } = await traced('open', 'hello');
    assert.equal(
      otlp.tree(traceId, attributes),
      [
        'gateway SERVER tools/call hello sluice.difc.outcome=result',
        '  gateway INTERNAL difc.decide',
        '  gateway CLIENT tools/call hello',
        '  gateway INTERNAL difc.filter sluice.difc.items_withheld=0',
      ].join('\n'),
    );
  });

  test('say what the conventions of MCP and RPC ask for', async () => {
    const { spans } = await traced('secret', 'hello');
    const named = (wanted: string) =>
      spans.findLast(({ name }) => name === wanted)?.attributes ?? assert.fail(wanted);
    const { 'mcp.session.id': session, ...call } = named('tools/call hello');
    assert.match(String(session), /^[\w-]{20,}$/);
    assert.deepEqual(call, {
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': '2025-11-25',
      'jsonrpc.request.id': '2',
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'gen_ai.tool.name': 'hello',
      'gen_ai.operation.name': 'execute_tool',
      'sluice.server.name': 'secret',
      'sluice.difc.outcome': 'denied',
      'sluice.difc.reason': 'READ_SECRECY',
      'sluice.difc.principal': 'anonymous',
      'error.type': 'tool_error',
    });
    const { 'sluice.guard.digest': digest, ...question } = named('guard.label_resource');
    assert.match(String(digest), /^[0-9a-f]{64}$/);
    assert.deepEqual(question, {
      'rpc.system.name': 'grpc',
      'rpc.method': 'sluice.labeler.v1.LabelerService/Session',
      'network.transport': 'unix',
      'sluice.guard.name': 'scripted',
      'sluice.server.name': 'secret',
    });
    assert.deepEqual(named('difc.decide'), {
      'sluice.difc.mode': 'strict',
      'sluice.difc.operation': 'read',
      'sluice.difc.reason': 'READ_SECRECY',
    });
  });

  test('say where a server is, of its URL the host and the port only', async () => {
    const { spans } = await traced('open', 'hello');
    const sent = spans.find(({ kind }) => kind === 'CLIENT')?.attributes;
    assert.ok(Number(sent?.['server.port']) > 0);
    assert.deepEqual(sent, {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'hello',
      'gen_ai.operation.name': 'execute_tool',
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'server.address': '127.0.0.1',
      'server.port': sent?.['server.port'],
      'sluice.server.name': 'open',
    });
  });

  test('have the id of the request as the client meant it, as long as libraries make them', async () => {
    const { traceId, traceparent } = clientSpan();
    const client = new ModernClient(`${gateway.url}/mcp/open`);
    const id = `${'é'.repeat(63)}😀 and more`;
    await client.call('hello', {}, { asking: { id, meta: { traceparent } } });
    const span = await otlp.span((each) => each.traceId === traceId && isRoot(each));
    assert.equal(span.attributes['jsonrpc.request.id'], `${'é'.repeat(63)}\uFFFD`);
    // It is an agent's to choose, so no server gets it.
    assert.ok(!JSON.stringify(backends.texts.get('/open')).includes('éé'));
  });

  test('say why it was denied, and where: no server is in it', async () => {
    const { outcome, traceId } = await traced('secret', 'hello');
    assert.equal(outcome, 'denied READ_SECRECY');
    assert.equal(
      otlp.tree(traceId, attributes).replace(/^ +sidecar .*\n/gm, ''),
      [
        'gateway SERVER tools/call hello sluice.difc.outcome=denied sluice.difc.reason=READ_SECRECY error.type=tool_error !',
        '  gateway CLIENT guard.label_resource',
        '  gateway INTERNAL difc.decide sluice.difc.reason=READ_SECRECY',
      ].join('\n'),
    );
  });

  test('say that a guard failed, by the code, and deliver nothing', async () => {
    const { outcome, spans } = await traced('traps', 'hello');
    assert.equal(outcome, 'failed GUARD_TRAPPED');
    const asked = spans.find(({ name }) => name === 'guard.label_response');
    assert.deepEqual([asked?.status, asked?.attributes['error.type']], ['ERROR', 'GUARD_TRAPPED']);
    assert.ok(!spans.some(({ name }) => name === 'difc.filter'));
  });

  test('say that a tool failed, and that a server did', async () => {
    const failed = await traced('open', 'fail');
    const broken = await traced('open', 'break');
    const types = ({ spans }: typeof failed) =>
      spans.filter(isCall).map(({ kind, status, attributes }) => [kind, status, attributes['error.type']]);
    assert.deepEqual(types(failed).sort(), [
      ['CLIENT', 'ERROR', 'tool_error'],
      ['SERVER', 'ERROR', 'tool_error'],
    ]);
    assert.deepEqual(types(broken).sort(), [
      ['CLIENT', 'ERROR', '-32000'],
      ['SERVER', 'ERROR', '-32000'],
    ]);
  });

  test('count what was withheld', async () => {
    const { spans } = await traced('mixed', 'list');
    const filter = spans.find(({ name }) => name === 'difc.filter');
    assert.equal(filter?.attributes['sluice.difc.items_withheld'], 1);
  });

  test('name no tool that the server does not have: names would be an agent’s to choose', async () => {
    const client = await gateway.connect('open');
    const { traceId, traceparent } = clientSpan();
    await tracedCall(client, 'made-up-by-an-agent', { meta: { traceparent } }).catch(() => undefined);
    await otlp.trace(traceId, isRoot);
    assert.ok(!otlp.bodies.some((body) => body.includes('made-up')), otlp.tree(traceId));
  });
});

suite('every way to a tool has the same spans', () => {
  test('without sessions', async () => {
    const { traceId, traceparent } = clientSpan();
    const client = new ModernClient(`${gateway.url}/mcp/open`);
    await client.call('hello', {}, { asking: { meta: { traceparent } } });
    const spans = await otlp.trace(traceId, isRoot);
    const names = spans.map(({ name }) => name).filter((name) => name !== 'tools/list');
    assert.deepEqual(names.sort(), ['difc.decide', 'difc.filter', 'tools/call hello', 'tools/call hello']);
    assert.equal(spans.find(isRoot)?.attributes['mcp.protocol.version'], '2026-07-28');
    assert.equal(spans.find(isRoot)?.attributes['mcp.session.id'], undefined);
  });

  test('on the endpoint of all servers', async () => {
    const { traceId, traceparent } = clientSpan();
    const client = await gateway.connect('');
    await tracedCall(client, 'open___hello', { meta: { traceparent } });
    const spans = await otlp.trace(traceId, isRoot);
    const call = spans.find(isRoot);
    assert.equal(call?.attributes['sluice.server.name'], 'open');
    assert.equal(call?.name, 'tools/call hello');
  });
});
