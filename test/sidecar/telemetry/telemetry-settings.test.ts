import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '../../../sidecar/config/config-error.ts';
import { telemetrySettings } from '../../../sidecar/telemetry/telemetry-settings.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    telemetrySettings(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('OpenTelemetry’s variables of the sidecar', () => {
  it('switch nothing on where they name no endpoint and no exporter', () => {
    const off = { serviceName: 'sluice-sidecar', traces: undefined, metrics: undefined };
    assert.deepEqual(telemetrySettings({}), off);
    assert.deepEqual(telemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }), off);
    assert.deepEqual(telemetrySettings({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), off);
    const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' };
    assert.deepEqual(telemetrySettings({ ...endpoint, ...none }), off);
  });

  it('switch on what an endpoint is for', () => {
    const target = { protocol: 'http/protobuf', isSocket: false };
    const { traces, metrics } = telemetrySettings(endpoint);
    assert.deepEqual(traces, {
      target,
      sampler: { name: 'always_on', ratio: 1, isParentBased: true },
      batch: {
        scheduledDelayMillis: 5_000,
        exportTimeoutMillis: 30_000,
        maxQueueSize: 2_048,
        maxExportBatchSize: 512,
      },
    });
    assert.deepEqual(metrics, { target, exportIntervalMs: 60_000, scraped: undefined });
    const only = telemetrySettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c' });
    assert.ok(only.traces !== undefined && only.metrics === undefined);
  });

  it('send to a Unix socket over gRPC', () => {
    const socket = { OTEL_EXPORTER_OTLP_ENDPOINT: 'unix:///run/otlp/otlp.sock' };
    const { traces } = telemetrySettings({ ...socket, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    assert.deepEqual(traces?.target, { protocol: 'grpc', isSocket: true });
    const bare = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    assert.equal(telemetrySettings(bare).traces?.target.isSocket, false);
    assert.deepEqual(problemsOf({ ...bare, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }), [
      'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https address or unix:///path/to/socket',
    ]);
    assert.deepEqual(problemsOf(socket), [
      'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https address (unix:///… needs grpc)',
    ]);
  });

  it('let metrics be scraped, on this machine only unless they say otherwise', () => {
    const env = { OTEL_METRICS_EXPORTER: 'prometheus' };
    assert.deepEqual(telemetrySettings(env), {
      serviceName: 'sluice-sidecar',
      traces: undefined,
      metrics: { target: undefined, exportIntervalMs: 60_000, scraped: { host: 'localhost', port: 9464 } },
    });
    const elsewhere = { OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0', OTEL_EXPORTER_PROMETHEUS_PORT: '0' };
    const { metrics } = telemetrySettings({ ...env, ...elsewhere });
    assert.deepEqual(metrics?.scraped, { host: '0.0.0.0', port: 0 });
  });

  it('are refused together where they are wrong, and none of their values is repeated', () => {
    const wrong = {
      OTEL_TRACES_EXPORTER: 'zipkin-s3cret, otlp',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_OTLP_ENDPOINT: 's3cret',
      OTEL_EXPORTER_PROMETHEUS_PORT: '70000',
      OTEL_METRIC_EXPORT_INTERVAL: 's3cret',
      OTEL_TRACES_SAMPLER: 's3cret',
      OTEL_BSP_MAX_QUEUE_SIZE: '1',
    };
    assert.deepEqual(problemsOf(wrong), [
      'OTEL_TRACES_EXPORTER: must be otlp or none',
      'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https address (unix:///… needs grpc)',
      'OTEL_TRACES_SAMPLER: must be always_on, always_off or traceidratio, each also with parentbased_ before it',
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE: must not be above OTEL_BSP_MAX_QUEUE_SIZE',
      'OTEL_EXPORTER_PROMETHEUS_PORT: must be a number from 0 to 65535',
      'OTEL_METRIC_EXPORT_INTERVAL: must be a whole number above 0',
    ]);
    assert.deepEqual(problemsOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }), [
      'OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf or grpc',
    ]);
    const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' };
    assert.deepEqual(problemsOf({ ...endpoint, ...ratio }), [
      'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1',
    ]);
  });
});
