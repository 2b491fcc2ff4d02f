/** What a collector is told by a gateway and the sidecar that it started itself. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { GhAwGateway } from '../harness/gh-aw-gateway.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { clientSpan, tracedCall } from '../harness/traced-call.ts';

let backends: ScriptedBackends;
let receiver: OtlpReceiver;
before(async () => {
  backends = await ScriptedBackends.start();
  receiver = await OtlpReceiver.start();
});
after(async () => {
  await backends[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

suite('a sidecar of the gateway’s own', () => {
  test('tells whom the gateway tells, under its own name, in the same traces', async () => {
    const get = {
      name: 'get',
      script: { result: { content: [], resource: {}, operation: 'read' } },
      annotations: { readOnlyHint: true },
    } as const;
    const hello = { name: 'hello', script: { result: { content: [] } } };
    const url = backends.add('/told', [get, hello]);
    await using gateway = await RunningGateway.start({
      guests: { 'calls-backend': {} },
      mcpServers: { told: { type: 'http', url, guard: 'calls-backend' } },
      env: { ...receiver.env, OTEL_SERVICE_NAME: 'a-gateway', NOT_FOR_SIDECARS: 's3cret' },
    });
    await gateway.call('told', 'hello');
    const question = await receiver.span(({ name }) => name === 'label_resource calls-backend');
    assert.equal(question.service, 'sluice-sidecar');
    const asker = await receiver.span(({ spanId }) => spanId === question.parentSpanId);
    assert.deepEqual([asker.service, asker.kind, asker.traceId], ['a-gateway', 'CLIENT', question.traceId]);
    const call = await receiver.span(({ name, kind }) => name === 'call_backend get' && kind === 'CLIENT');
    const answer = await receiver.span(({ parentSpanId }) => parentSpanId === call.spanId);
    assert.deepEqual([answer.service, answer.traceId], ['a-gateway', question.traceId]);
    await receiver.measured('sluice.guard.status', (points) =>
      points.some(({ service }) => service === 'sluice-sidecar'),
    );
    const environment = await readFile(`/proc/${await gateway.sidecarPid()}/environ`, 'latin1');
    const names = environment.split('\0').map((entry) => entry.split('=')[0]);
    assert.ok(names.includes('OTEL_EXPORTER_OTLP_ENDPOINT'));
    assert.deepEqual(
      names.filter((name) => name !== '' && !name?.startsWith('OTEL_')),
      [],
    );
    assert.ok(!names.includes('OTEL_SERVICE_NAME'));
  });

  test('sends over a Unix socket as the gateway does, and neither asks for TLS', async () => {
    const { OTEL_EXPORTER_OTLP_INSECURE: _, ...env } = receiver.grpcEnv;
    const url = backends.add('/socket', [{ name: 'hello', script: { result: { content: [] } } }]);
    await using gateway = await RunningGateway.start({
      guests: { 'answers-public': {} },
      mcpServers: { socket: { type: 'http', url, guard: 'answers-public' } },
      env: { ...env, OTEL_SERVICE_NAME: 'a-gateway-on-a-socket' },
    });
    await gateway.call('socket', 'hello');
    const call = await receiver.span(({ service }) => service === 'a-gateway-on-a-socket');
    await receiver.span(({ name }) => name === 'label_resource answers-public');
    assert.notEqual(call.traceId, '');
    await receiver.measured('mcp.server.operation.duration', (points) =>
      points.some(({ service }) => service === 'a-gateway-on-a-socket'),
    );
  });

  test('and the gateway do not start where the address is none, which is not repeated', async () => {
    const starting = RunningGateway.start({
      mcpServers: {},
      env: { ...receiver.env, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector-of-s3cret' },
    });
    await assert.rejects(starting, (error: Error) => {
      assert.match(error.message, /OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https address/);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  });

  test('tells whom a configuration of gh-aw’s names, with its headers, and keeps what the gateway keeps', async () => {
    await using collector = await OtlpReceiver.start();
    const url = backends.add('/gh-aw', [{ name: 'hello', script: { result: { content: [] } } }]);
    const { OTEL_BSP_SCHEDULE_DELAY = '' } = collector.env;
    const opentelemetry = { endpoint: collector.url, headers: { 'x-tenant': 'a house, and = a garden' } };
    await using ghAw = await GhAwGateway.start(
      {
        gateway: { port: 8080, domain: 'localhost', opentelemetry },
        guards: { scripted: scriptedGuard },
        mcpServers: { told: { type: 'http', url, guard: 'scripted', 'guard-policies': script({}) } },
      },
      { env: { OTEL_BSP_SCHEDULE_DELAY } },
    );
    const client = await ghAw.connect('told');
    const [unkept, kept] = [clientSpan(), clientSpan()];
    await tracedCall(client, 'hello', { meta: { traceparent: unkept.traceparent.replace(/01$/, '00') } });
    await tracedCall(client, 'hello', { meta: { traceparent: kept.traceparent } });
    const question = await collector.span(
      ({ traceId, name }) => traceId === kept.traceId && name === 'label_response scripted',
    );
    assert.equal(question.service, 'sluice-sidecar');
    const asker = await collector.span(({ spanId }) => spanId === question.parentSpanId);
    assert.deepEqual([asker.service, asker.kind], ['mcp-gateway', 'CLIENT']);
    for (const headers of collector.headers) assert.equal(headers['x-tenant'], 'a house, and = a garden');
    assert.deepEqual(collector.of(unkept.traceId), []);
  });
});
