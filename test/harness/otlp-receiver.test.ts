import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPMetricExporter as GrpcMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { OtlpReceiver } from './otlp-receiver.ts';

const resource = resourceFromAttributes({ 'service.name': 'sluice-test' });

/** A failed call with a child and an event. */
async function exportTrace(exporter: SpanExporter): Promise<string> {
  const provider = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('test');
  const call = tracer.startSpan('call', { kind: SpanKind.SERVER, attributes: { attempt: 2, isLast: true } });
  const child = tracer.startSpan('ask', { kind: SpanKind.CLIENT }, trace.setSpan(ROOT_CONTEXT, call));
  child.addEvent('retried', { reasons: ['slow', 'cold'] });
  child.end();
  call.setStatus({ code: SpanStatusCode.ERROR, message: 'refused' }).end();
  await provider.shutdown();
  return call.spanContext().traceId;
}

async function exportMetrics(exporter: PushMetricExporter): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter('test');
  meter.createCounter('kills').add(3, { guard: 'github' });
  const waits = meter.createHistogram('wait', { unit: 's', advice: { explicitBucketBoundaries: [1, 2] } });
  waits.record(0.5);
  waits.record(1.5);
  await provider.shutdown();
}

describe('the tests’ own collector', () => {
  for (const transport of ['HTTP', 'gRPC on a Unix socket'] as const) {
    const options = ({ url, grpcEnv }: OtlpReceiver, signal: string) =>
      transport === 'HTTP'
        ? { url: `${url}/v1/${signal}` }
        : { url: grpcEnv.OTEL_EXPORTER_OTLP_ENDPOINT ?? '', credentials: credentials.createInsecure() };

    it(`reads spans over ${transport}`, async () => {
      await using otlp = await OtlpReceiver.start();
      const Exporter = transport === 'HTTP' ? OTLPTraceExporter : GrpcTraceExporter;
      const traceId = await exportTrace(new Exporter(options(otlp, 'traces')));
      await otlp.trace(traceId, ({ name }) => name === 'call');
      assert.equal(otlp.tree(traceId, ['attempt']), 'test SERVER call attempt=2 !\n  test CLIENT ask');
      const [call, ask] = ['call', 'ask'].map((name) => otlp.spans.find((span) => span.name === name));
      assert.deepEqual(call?.attributes, { attempt: 2, isLast: true });
      assert.equal(call?.statusMessage, 'refused');
      assert.deepEqual(ask?.events, [{ name: 'retried', attributes: { reasons: ['slow', 'cold'] } }]);
      assert.ok(call !== undefined && call.endNs >= call.startNs);
    });

    it(`reads metrics over ${transport}`, async () => {
      await using otlp = await OtlpReceiver.start();
      const Exporter = transport === 'HTTP' ? OTLPMetricExporter : GrpcMetricExporter;
      await exportMetrics(new Exporter(options(otlp, 'metrics')));
      const [kills] = await otlp.measured('kills', (points) => points.length > 0);
      assert.equal(kills?.value, 3);
      assert.deepEqual(kills?.attributes, { guard: 'github' });
      const [wait] = otlp.metric('wait');
      assert.deepEqual([wait?.value, wait?.count, wait?.bounds], [2, 2, [1, 2]]);
    });
  }

  it('keeps the bytes of what it received', async () => {
    await using otlp = await OtlpReceiver.start();
    await exportTrace(new OTLPTraceExporter({ url: `${otlp.url}/v1/traces` }));
    assert.ok(otlp.bodies.some((body) => body.includes('retried')));
  });
});
