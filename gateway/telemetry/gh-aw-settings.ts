import { randomBytes } from 'node:crypto';
import type { TelemetryConfig } from '../gh-aw/gh-aw-telemetry.ts';
import type { TelemetrySettings } from './telemetry-settings.ts';

/** What a configuration of gh-aw's says of traces, beside what the variables say of metrics; unless they want no traces. */
export function ghAwSettings(config: TelemetryConfig, settings: TelemetrySettings): TelemetrySettings {
  if (settings.wantsNoTraces) return settings;
  const { endpoint, headers, traceId, spanId, serviceName, sampleRate, signalPath, exporterTimeoutMs } =
    config;
  const url = `${endpoint.replace(/\/+$/, '')}/${(signalPath ?? 'v1/traces').replace(/^\/+/, '')}`;
  return {
    ...settings,
    serviceName,
    traces: {
      target: {
        protocol: 'http/protobuf',
        isSocket: false,
        given: { url, headers, timeoutMs: exporterTimeoutMs },
      },
      sampler: { name: 'traceidratio', ratio: sampleRate, isParentBased: true },
      ...(traceId !== undefined && { parent: { traceId, spanId: spanId ?? randomBytes(8).toString('hex') } }),
    },
  };
}
