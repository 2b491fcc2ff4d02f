import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ghAwSettings } from '../../../gateway/telemetry/gh-aw-settings.ts';
import { sidecarVariables } from '../../../gateway/telemetry/sidecar-variables.ts';
import { telemetrySettings } from '../../../gateway/telemetry/telemetry-settings.ts';
import { telemetrySettings as sidecarSettings } from '../../../sidecar/telemetry/telemetry-settings.ts';

const fromVariables = (env: Record<string, string>) => telemetrySettings(env, 'sluice-gateway');
const fromConfig = (env: Record<string, string> = {}) =>
  ghAwSettings(
    {
      endpoint: 'https://collector',
      headers: { authorization: 'Bearer a=b, c;d', 'x-tenant': 'house' },
      traceId: '1'.repeat(32),
      spanId: undefined,
      serviceName: 'workflow',
      sampleRate: 0.25,
      signalPath: '/otel/in',
      exporterTimeoutMs: 5_000,
    },
    fromVariables(env),
  );

describe('what a sidecar of the gateway’s own is told of traces', () => {
  it('is where the configuration sends them, with its path, headers and time limit', () => {
    assert.deepEqual(sidecarVariables(fromConfig()), {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/otel/in',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer%20a%3Db%2C%20c%3Bd,x-tenant=house',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '5000',
    });
  });

  it('is understood by the sidecar, which begins no trace of its own', () => {
    const { traces, metrics } = sidecarSettings(sidecarVariables(fromConfig()));
    assert.deepEqual(traces?.target, { protocol: 'http/protobuf', isSocket: false });
    assert.deepEqual(traces?.sampler, { name: 'always_off', ratio: 1, isParentBased: true });
    assert.equal(metrics, undefined);
  });

  it('is nothing where the gateway has it from its variables, which the sidecar gets anyway', () => {
    assert.deepEqual(sidecarVariables(fromVariables({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' })), {});
    assert.deepEqual(sidecarVariables(fromConfig({ OTEL_TRACES_EXPORTER: 'none' })), {});
  });
});
