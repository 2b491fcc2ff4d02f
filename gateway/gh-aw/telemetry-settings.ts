import type { Given, OutsideSettings } from './outside-settings.ts';

/** What flags and variables say about traces; they come before the configuration. */
export interface OtlpSettings {
  readonly endpoint: Given | undefined;
  /** `key=value,key2=value2`. */
  readonly headers: Given | undefined;
  readonly serviceName: string | undefined;
  readonly sampleRate: number | undefined;
}

/** Reads `--otlp-*` and `OTEL_*`. */
export function readOtlpSettings(settings: OutsideSettings): OtlpSettings {
  return {
    endpoint: settings.given('otlp-endpoint', 'OTEL_EXPORTER_OTLP_ENDPOINT'),
    headers: settings.given(undefined, 'OTEL_EXPORTER_OTLP_HEADERS'),
    serviceName: settings.given('otlp-service-name', 'OTEL_SERVICE_NAME')?.text,
    sampleRate: settings.number(settings.given('otlp-sample-rate'), { minimum: 0, maximum: 1 }),
  };
}
