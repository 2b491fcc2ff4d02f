import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TelemetryConfig } from '../../../gateway/gh-aw/gh-aw-telemetry.ts';
import { ghAwSettings } from '../../../gateway/telemetry/gh-aw-settings.ts';
import { telemetrySettings } from '../../../gateway/telemetry/telemetry-settings.ts';

const config: TelemetryConfig = {
  endpoint: 'https://collector/',
  headers: { 'x-tenant': 'house' },
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  serviceName: 'workflow',
  sampleRate: 0.25,
  signalPath: undefined,
  exporterTimeoutMs: 5_000,
};
const settings = (more: Partial<TelemetryConfig> = {}) =>
  ghAwSettings(
    { ...config, ...more },
    telemetrySettings({ OTEL_BSP_SCHEDULE_DELAY: '50' }, 'sluice-gateway'),
  );

describe('gh-aw’s telemetry', () => {
  it('says where traces go, what is sampled, and what they are part of', () => {
    const { serviceName, traces } = settings();
    assert.equal(serviceName, 'workflow');
    assert.deepEqual(traces, {
      target: {
        protocol: 'http/protobuf',
        isSocket: false,
        given: { url: 'https://collector/v1/traces', headers: config.headers, timeoutMs: 5_000 },
      },
      sampler: { name: 'traceidratio', ratio: 0.25, isParentBased: true },
      parent: { traceId: config.traceId, spanId: config.spanId },
    });
  });

  it('has a path of its own where it names one', () => {
    assert.equal(settings({ signalPath: '/otel/in' }).traces?.target.given?.url, 'https://collector/otel/in');
  });

  it('names a span where it has only a trace, and none without one', () => {
    assert.match(settings({ spanId: undefined }).traces?.parent?.spanId ?? '', /^[0-9a-f]{16}$/);
    assert.equal(settings({ traceId: undefined }).traces?.parent, undefined);
  });

  it('is switched off by the variables', () => {
    for (const env of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])
      assert.equal(ghAwSettings(config, telemetrySettings(env, 'sluice-gateway')).traces, undefined);
  });

  it('leaves to the variables how spans are gathered', () => {
    assert.equal(settings().batch.scheduledDelayMillis, 50);
  });
});
