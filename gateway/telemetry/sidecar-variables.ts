import type { TelemetrySettings } from './telemetry-settings.ts';

/**
 * What the gateway's configuration says of traces, as OpenTelemetry's variables for a sidecar of its own; nothing where the
 * gateway has it from its variables itself. Which traces are kept, the gateway has decided when it asks.
 */
export function sidecarVariables({ traces }: TelemetrySettings): Readonly<Record<string, string>> {
  const given = traces?.target.given;
  if (given === undefined) return {};
  const headers = Object.entries(given.headers).map((pair) => pair.map(encodeURIComponent).join('='));
  return {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: traces?.target.protocol ?? '',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: given.url,
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers.join(','),
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: String(given.timeoutMs),
  };
}
