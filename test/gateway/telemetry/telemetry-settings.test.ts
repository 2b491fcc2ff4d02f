import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import { telemetrySettings } from '../../../gateway/telemetry/telemetry-settings.ts';
import { ConfigError as SidecarConfigError } from '../../../sidecar/config/config-error.ts';
import { telemetrySettings as sidecarSettings } from '../../../sidecar/telemetry/telemetry-settings.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const read = (env: Record<string, string>) => telemetrySettings(env, 'sluice-gateway');

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** What the sidecar says of the same variables. */
function sidecarProblemsOf(env: Record<string, string>): readonly string[] {
  try {
    sidecarSettings(env);
  } catch (error) {
    if (error instanceof SidecarConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('OpenTelemetry’s variables', () => {
  it('switch nothing on where they name no endpoint and no exporter', () => {
    for (const env of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
      { ...endpoint, OTEL_SDK_DISABLED: 'true' },
    ]) {
      const { serviceName, traces, metrics } = read(env);
      assert.deepEqual(
        { serviceName, traces, metrics },
        {
          serviceName: 'sluice-gateway',
          traces: undefined,
          metrics: undefined,
        },
      );
    }
  });

  it('switch on what an endpoint is for', () => {
    const { traces, metrics } = read(endpoint);
    const target = { protocol: 'http/protobuf', isSocket: false };
    assert.deepEqual(traces?.target, target);
    assert.deepEqual(traces?.sampler, { name: 'always_on', ratio: 1, isParentBased: true });
    assert.deepEqual(metrics, { target, exportIntervalMs: 60_000, isScraped: false });
    const { traces: onlyTraces, metrics: none } = read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c' });
    assert.ok(onlyTraces !== undefined && none === undefined);
  });

  it('say by which exporters and protocols', () => {
    const env = {
      ...endpoint,
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'otlp, prometheus',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
    };
    const { traces, metrics } = read(env);
    assert.equal(traces, undefined);
    const target = { protocol: 'grpc', isSocket: false };
    assert.deepEqual(metrics, { target, exportIntervalMs: 100, isScraped: true });
  });

  it('send to a Unix socket over gRPC', () => {
    const socket = { OTEL_EXPORTER_OTLP_ENDPOINT: 'unix:///run/otlp/otlp.sock' };
    const { traces, metrics } = read({ ...socket, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    assert.deepEqual(traces?.target, { protocol: 'grpc', isSocket: true });
    assert.deepEqual(metrics?.target, { protocol: 'grpc', isSocket: true });
  });

  it('are refused in the sidecar’s words where an endpoint is none: it would be sent to the default one instead', () => {
    const endpoints = [
      'collector',
      'collector:4317',
      'unix:///run/otlp.sock',
      'unix:relative',
      'ftp://s3cret@c',
    ];
    for (const protocol of ['grpc', 'http/protobuf'])
      for (const name of ['', '_TRACES', '_METRICS'].map((signal) => `OTEL_EXPORTER_OTLP${signal}_ENDPOINT`))
        for (const value of endpoints) {
          const env = { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, [name]: value };
          const problems = problemsOf(env);
          const isUsable = protocol === 'grpc' && /:4317|\/run/.test(value);
          assert.equal(problems.length === 0, isUsable, `${protocol} ${value}`);
          assert.deepEqual(problems, sidecarProblemsOf(env));
          assert.doesNotMatch(problems.join(), /s3cret/);
        }
  });

  it('say what is sampled', () => {
    const sampler = (env: Record<string, string>) => read({ ...endpoint, ...env }).traces?.sampler;
    assert.deepEqual(sampler({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }), {
      name: 'traceidratio',
      ratio: 0.1,
      isParentBased: false,
    });
    assert.deepEqual(sampler({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }), {
      name: 'always_off',
      ratio: 1,
      isParentBased: true,
    });
  });

  it('say how spans are gathered, which the SDK does not read', () => {
    const batch = (env: Record<string, string>) => read({ ...endpoint, ...env }).batch;
    assert.deepEqual(batch({}), {
      scheduledDelayMillis: 5_000,
      exportTimeoutMillis: 30_000,
      maxQueueSize: 2_048,
      maxExportBatchSize: 512,
    });
    const set = {
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BSP_EXPORT_TIMEOUT: '60',
      OTEL_BSP_MAX_QUEUE_SIZE: '70',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '8',
    };
    assert.deepEqual(Object.values(batch(set)), [50, 60, 70, 8]);
  });

  it('are refused together where they make no sense', () => {
    const problems = problemsOf({
      ...endpoint,
      OTEL_TRACES_EXPORTER: 'zipkin,otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_METRIC_EXPORT_INTERVAL: '0',
      OTEL_BSP_SCHEDULE_DELAY: 'soon',
    });
    const refused = ['TRACES_EXPORTER', 'EXPORTER_OTLP_PROTOCOL', 'TRACES_SAMPLER', 'METRIC_EXPORT_INTERVAL'];
    for (const name of [...refused, 'BSP_SCHEDULE_DELAY'])
      assert.ok(problems.join('\n').includes(`OTEL_${name}: must be`), name);
    assert.match(
      problemsOf({ ...endpoint, OTEL_BSP_MAX_QUEUE_SIZE: '10' }).join(),
      /OTEL_BSP_MAX_EXPORT_BATCH_SIZE: must not be above OTEL_BSP_MAX_QUEUE_SIZE/,
    );
    assert.match(
      problemsOf({ ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }).join(),
      /OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1/,
    );
  });
});
