/** Where a trace comes from and where it goes: W3C trace context through the real gateway. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { nodeServer, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { GhAwGateway } from '../harness/gh-aw-gateway.ts';
import { handMadeModern } from '../harness/hand-made-modern.ts';
import type { HandMadeServer } from '../harness/hand-made-server.ts';
import { ModernClient } from '../harness/modern-client.ts';
import type { ExportedSpan } from '../harness/otlp/exported.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { textOf } from '../harness/tool-result.ts';
import { clientSpan, tracedCall } from '../harness/traced-call.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const gatewayMain = join(root, 'gateway', 'main.ts');
const toldServer = nodeServer(join(root, 'test/harness/told-server.ts'), '{"tools":[{"name":"say"}]}');
const hello = { name: 'hello', script: { result: { content: [{ type: 'text', text: 'hello' }] } } };

const parts = new AsyncDisposableStack();
let otlp: OtlpReceiver;
let backends: ScriptedBackends;
let modern: HandMadeServer;
let gateway: RunningGateway;

before(async () => {
  otlp = parts.use(await OtlpReceiver.start());
  backends = parts.use(await ScriptedBackends.start());
  modern = parts.use(
    await handMadeModern(({ method }) => (method === 'tools/call' ? { content: [] } : undefined)),
  );
  const closed = {
    guard: 'scripted',
    'guard-policies': script({ mode: 'strict', resource: { secrecy: ['x'] } }),
  };
  gateway = parts.use(
    await RunningGateway.start({
      env: otlp.env,
      guards: { scripted: scriptedGuard },
      mcpServers: {
        http: { type: 'http', url: backends.add('/http', [hello]) },
        closed: { type: 'http', url: backends.add('/closed', [hello]), ...closed },
        modern: { type: 'http', url: modern.url },
        program: toldServer,
      },
    }),
  );
  await gateway.ready();
});
after(() => parts.disposeAsync());

const isCall = ({ name, kind }: ExportedSpan) => kind === 'SERVER' && name.startsWith('tools/call');

/** The one span by which a call of `hello` shows in a trace. */
async function callIn(traceId: string): Promise<ExportedSpan> {
  const spans = await otlp.trace(traceId, isCall);
  return spans.find(isCall) ?? assert.fail();
}

suite('a trace comes from', () => {
  test('`_meta.traceparent`, which goes before the header: the header may be that of a whole connection', async () => {
    const [meta, header] = [clientSpan(), clientSpan()];
    const client = await gateway.connect('http', { headers: { traceparent: header.traceparent } });
    await tracedCall(client, 'hello', { meta: { traceparent: meta.traceparent } });
    const call = await callIn(meta.traceId);
    assert.equal(call.parentSpanId, meta.spanId);
    assert.ok(!otlp.of(header.traceId).some(isCall));
  });

  test('the header where `_meta` names none', async () => {
    const { traceId, spanId, traceparent } = clientSpan();
    const client = await gateway.connect('http', { headers: { traceparent } });
    await tracedCall(client, 'hello');
    assert.equal((await callIn(traceId)).parentSpanId, spanId);
  });

  test('the gateway where the client names none that can be read: another for each call', async () => {
    const client = await gateway.connect('http');
    const before = otlp.spans.filter(isCall).length;
    const crooked = [
      '',
      'nonsense',
      `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
      `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
    ];
    for (const traceparent of crooked) await tracedCall(client, 'hello', { meta: { traceparent } });
    await tracedCall(client, 'hello', { meta: { traceparent: 7 } });
    await otlp.until((spans) => spans.filter(isCall).length === before + crooked.length + 1);
    const calls = otlp.spans.filter(isCall).slice(before);
    assert.deepEqual(
      calls.map(({ parentSpanId }) => parentSpanId),
      Array(crooked.length + 1).fill(''),
    );
    assert.equal(new Set(calls.map(({ traceId }) => traceId)).size, crooked.length + 1);
  });

  test('clients without sessions alike', async () => {
    const [meta, header] = [clientSpan(), clientSpan()];
    const client = new ModernClient(`${gateway.url}/mcp/http`);
    const headers = { traceparent: header.traceparent };
    await client.call('hello', {}, { asking: { headers, meta: { traceparent: meta.traceparent } } });
    await client.call('hello', {}, { asking: { headers } });
    assert.equal((await callIn(meta.traceId)).parentSpanId, meta.spanId);
    assert.equal((await callIn(header.traceId)).parentSpanId, header.spanId);
  });

  test('a client that keeps none of it: then nothing of its trace is exported', async () => {
    const client = await gateway.connect('http');
    const [unkept, kept] = [clientSpan(), clientSpan()];
    await tracedCall(client, 'hello', { meta: { traceparent: unkept.traceparent.replace(/01$/, '00') } });
    await tracedCall(client, 'hello', { meta: { traceparent: kept.traceparent } });
    await callIn(kept.traceId);
    assert.equal(otlp.of(unkept.traceId).length, 0);
  });
});

/** The span of the gateway's that a `traceparent` names. */
function spanOf(traceparent: unknown): ExportedSpan | undefined {
  const [, traceId, spanId] = String(traceparent).split('-');
  return otlp.of(traceId ?? '').find((span) => span.spanId === spanId);
}

suite('a trace goes to', () => {
  test('a server over HTTP, in a header and in `_meta`, as the span of that request', async () => {
    const { traceId, traceparent } = clientSpan();
    await tracedCall(await gateway.connect('http'), 'hello', {
      meta: { traceparent, tracestate: 'a=1', more: 7 },
    });
    await callIn(traceId);
    const { params } = backends.messages.get('/http')?.at(-1) ?? {};
    const { _meta: meta } = params as unknown as { _meta: Record<string, unknown> };
    const headers = backends.headers.get('/http')?.at(-1);
    assert.equal(meta.traceparent, headers?.traceparent);
    assert.deepEqual([meta.tracestate, meta.more, headers?.tracestate], ['a=1', 7, 'a=1']);
    const span = spanOf(meta.traceparent);
    assert.deepEqual([span?.kind, span?.name], ['CLIENT', 'tools/call hello']);
  });

  test('a server that is a program, in `_meta`', async () => {
    const { traceId, traceparent } = clientSpan();
    const client = await gateway.connect('program');
    await tracedCall(client, 'say', { meta: { traceparent } });
    await callIn(traceId);
    const heard = JSON.parse(textOf(await tracedCall(client, 'heard', { args: { text: '"say"' } })));
    const span = spanOf(JSON.parse(heard[0]).params._meta.traceparent);
    assert.deepEqual([span?.traceId, span?.kind, span?.name], [traceId, 'CLIENT', 'tools/call say']);
    assert.equal(span?.attributes['network.transport'], 'pipe');
  });

  test('a server without sessions, in a header and in `_meta`', async () => {
    const { traceId, traceparent } = clientSpan();
    await tracedCall(await gateway.connect('modern'), 'do', { meta: { traceparent } });
    await callIn(traceId);
    const { body = '{}', headers } =
      modern.arrivals.findLast(({ body }) => body.includes('"tools/call"')) ?? {};
    const sent = JSON.parse(body).params._meta.traceparent;
    assert.equal(headers?.traceparent, sent);
    assert.equal(spanOf(sent)?.traceId, traceId);
  });

  test('no server where the call is denied: a trace’s ids are an agent’s to choose', async () => {
    const { traceId, traceparent } = clientSpan();
    await tracedCall(await gateway.connect('closed', { headers: { traceparent } }), 'hello', {
      meta: { traceparent },
    });
    await callIn(traceId);
    assert.ok(!JSON.stringify(backends.texts.get('/closed')).includes(traceId));
    assert.ok(!JSON.stringify(backends.headers.get('/closed')).includes(traceId));
  });
});

suite('a trace is kept together', () => {
  test('over stdio', async () => {
    const folder = await temporaryFolder();
    const url = backends.add('/stdio', [hello]);
    const config = { mcpServers: { http: { type: 'http', url } } };
    await writeFile(join(folder, 'sluice.json'), JSON.stringify(config));
    const client = new Client({ name: 'test', version: '1' });
    const { PATH = '' } = process.env;
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [gatewayMain, '--config', join(folder, 'sluice.json'), '--stdio'],
        env: { PATH, TMPDIR: folder, ...otlp.env },
        stderr: 'ignore',
      }),
    );
    const { traceId, spanId, traceparent } = clientSpan();
    await tracedCall(client, 'hello', { meta: { traceparent } });
    const call = await callIn(traceId);
    assert.deepEqual([call.parentSpanId, call.attributes['network.transport']], [spanId, 'pipe']);
    assert.equal(call.attributes['network.protocol.name'], undefined);
    await client.close();
  });

  test('under the span that gh-aw names, with its headers, name and path', async () => {
    const { traceId, spanId } = clientSpan();
    const opentelemetry = {
      endpoint: otlp.url,
      headers: { 'x-tenant': 'house' },
      traceId,
      spanId,
      serviceName: 'workflow-gateway',
    };
    const url = backends.add('/gh-aw', [hello]);
    await using ghAw = await GhAwGateway.start(
      {
        gateway: { port: 8080, domain: 'localhost', opentelemetry },
        mcpServers: { http: { type: 'http', url } },
      },
      { env: { OTEL_BSP_SCHEDULE_DELAY: '50' } },
    );
    await tracedCall(await ghAw.connect('http'), 'hello');
    const call = await otlp.span((span) => span.traceId === traceId && isCall(span));
    assert.deepEqual([call.parentSpanId, call.service], [spanId, 'workflow-gateway']);
    assert.ok(otlp.headers.some((headers) => headers['x-tenant'] === 'house'));
  });
});
