import { randomBytes } from 'node:crypto';
import type { TelemetryConfig } from '../gh-aw/gh-aw-telemetry.ts';
import type { TelemetrySettings } from './telemetry-settings.ts';

/** What a configuration of gh-aw's says of traces, beside what the variables say of metrics. */
export function ghAwSettings(config: TelemetryConfig, settings: TelemetrySettings): TelemetrySettings {
  const { endpoint, headers, traceId, spanId, serviceName, sampleRate, signalPath, exporterTimeoutMs } =
    config;
  const url = `${endpoint.replace(/\/+$/, '')}/${(signalPath ?? 'v1/traces').replace(/^\/+/, '')}`;
  return {
    ...settings,
    serviceName,
    traces: {
      protocol: 'http/protobuf',
      sampler: { name: 'traceidratio', ratio: sampleRate, isParentBased: true },
      target: { url, headers, timeoutMs: exporterTimeoutMs },
      ...(traceId !== undefined && { parent: { traceId, spanId: spanId ?? randomBytes(8).toString('hex') } }),
    },
  };
}
