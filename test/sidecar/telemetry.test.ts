/** Whether and where a sidecar tells of its work. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';

const traceId = 'c'.repeat(32);

describe('telemetry of the sidecar', () => {
  let receiver: OtlpReceiver;
  before(async () => {
    receiver = await OtlpReceiver.start();
  });
  after(() => receiver[Symbol.asyncDispose]());

  function start(env: Readonly<Record<string, string>>): Promise<RunningSidecar> {
    return RunningSidecar.serving({ 'answers-public': {} }, { env });
  }

  it('goes to a Unix socket over gRPC, with nothing but an endpoint and a protocol', async () => {
    await using sidecar = await start({ ...receiver.grpcEnv, OTEL_EXPORTER_OTLP_INSECURE: '' });
    const stream = sidecar.stream();
    stream.traceparent = `00-${traceId}-${'d'.repeat(16)}-01`;
    await stream.open('answers-public');
    const { service, resource } = await receiver.span((span) => span.traceId === traceId);
    assert.equal(service, 'sluice-sidecar');
    assert.equal(resource['process.pid'], sidecar.child.pid);
    assert.equal(receiver.headers.length, 0);
    await receiver.measured('sluice.guard.session.count', (points) =>
      points.some(({ value }) => value === 1),
    );
    await stream.close();
  });

  it('is sent at the end, where it has not been sent before', async () => {
    const patient = { OTEL_BSP_SCHEDULE_DELAY: '3600000', OTEL_METRIC_EXPORT_INTERVAL: '3600000' };
    const name = { OTEL_SERVICE_NAME: 'patient' };
    await using sidecar = await start({ ...receiver.env, ...patient, ...name });
    await (await sidecar.open('answers-public')).close();
    assert.deepEqual(
      receiver.spans.filter(({ service }) => service === 'patient'),
      [],
    );
    assert.deepEqual(await sidecar.stop(), { code: 0, signal: null });
    assert.equal(receiver.spans.filter(({ service }) => service === 'patient').length, 2);
    const durations = receiver.metric('sluice.guard.labeling.duration');
    assert.ok(durations.some(({ service, count }) => service === 'patient' && count === 1));
  });

  it('that nobody takes keeps no sidecar from its work, or from its end', async () => {
    const silent = await OtlpReceiver.start();
    silent.answers = 'hang';
    await using sidecar = await start(silent.env);
    await (await sidecar.open('answers-public')).close();
    await silent.asked(1);
    assert.deepEqual(await sidecar.stop(), { code: 0, signal: null });
    await silent[Symbol.asyncDispose]();
  });

  it('that is refused is one line of the log, and one sentence in it', async () => {
    await using refusing = await OtlpReceiver.start();
    refusing.answers = 400;
    await using sidecar = await start(refusing.env);
    await (await sidecar.open('answers-public')).close();
    await sidecar.logged('telemetry cannot be sent');
    await refusing.asked(refusing.bodies.length + 2);
    await sidecar.stop();
    const lines = sidecar.log.split('\n').filter((line) => line.includes('telemetry cannot be sent'));
    assert.equal(lines.length, 1);
    assert.match(JSON.parse(lines[0] ?? '').message, /^telemetry cannot be sent: [^{}\n]+$/);
  });

  it('loads the SDK only where something is configured', async () => {
    await using silent = await start({ NODE_OPTIONS: tellOfImports });
    assert.deepEqual(importsOf(silent), new Set(['@opentelemetry/api']));
    await using telling = await start({ NODE_OPTIONS: tellOfImports, ...receiver.env });
    assert.ok(importsOf(telling).has('@opentelemetry/sdk-trace'));
  });

  it('whose port is taken ends the start with one sentence', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const env = {
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: port,
    };
    const sentence = `metrics cannot be served on 127.0.0.1:${port} (EADDRINUSE): set OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT to an address that is free`;
    await assert.rejects(start(env), (error: Error) => error.message.includes(`"message":"${sentence}"`));
    other.close();
  });

  it('with a wrong variable ends the start with one sentence', async () => {
    const sentence = 'OTEL_TRACES_EXPORTER: must be otlp or none';
    await assert.rejects(start({ OTEL_TRACES_EXPORTER: 'zipkin' }), (error: Error) =>
      error.message.includes(`"message":"${sentence}"`),
    );
  });
});

/** Has Node write the packages of OpenTelemetry into the log as they are asked for. */
const tellOfImports = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(name, context, next) {
      if (name.startsWith('@opentelemetry/')) console.error(JSON.stringify({ message: 'imports ' + name }));
      return next(name, context);
    },
  });
`)}`;

function importsOf({ log }: RunningSidecar): Set<string> {
  return new Set([...log.matchAll(/"imports ([^"]+)"/g)].map(([, name = '']) => name));
}
