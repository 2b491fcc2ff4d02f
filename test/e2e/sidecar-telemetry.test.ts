/** What a collector is told by a gateway and the sidecar that it started itself. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';

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
});
