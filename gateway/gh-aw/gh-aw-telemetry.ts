import { isHttpAddress } from '../config/http-address.ts';
import { type Reading, report, type Section, sectionAt } from '../config/section.ts';
import { numberAt, requiredTextAt, textAt, textMapAt } from '../config/section-values.ts';
import { type Format, type KeyTable, spelledKeys } from './spelled-keys.ts';
import type { OtlpSettings } from './telemetry-settings.ts';

/** Where traces go, and what they are part of. */
export interface TelemetryConfig {
  /** Of OTLP over HTTP. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The trace that ours are part of, 32 hex digits; undefined: each starts one of its own. */
  readonly traceId: string | undefined;
  /** The span that ours are children of, 16 hex digits. */
  readonly spanId: string | undefined;
  readonly serviceName: string;
  /** From 0, none, to 1, all. */
  readonly sampleRate: number;
  /** Behind the endpoint; undefined: the usual one of traces. */
  readonly signalPath: string | undefined;
  readonly exporterTimeoutMs: number;
}

const keys = {
  names: [
    'endpoint',
    'headers',
    'traceId',
    'spanId',
    'serviceName',
    'sampleRate',
    'signalPath',
    'exporterTimeout',
  ],
  only: { sampleRate: 'toml', signalPath: 'toml', exporterTimeout: 'toml' },
} as const satisfies KeyTable<string>;

const defaultServiceName = 'mcp-gateway';
const defaultExporterSeconds = 10;
/** Seconds. An exporter that is given longer holds more spans than it is worth. */
const exporterTimeoutRange = { minimum: 1, maximum: 600 };

/** Reads `opentelemetry`, or `tracing` as older TOML calls it; undefined where nobody asks for traces. */
export function readTelemetry(
  gateway: Section,
  format: Format,
  otlp: OtlpSettings,
): TelemetryConfig | undefined {
  const section = telemetrySection(gateway, format);
  if (section === undefined && otlp.endpoint === undefined) return undefined;
  const configured = section === undefined ? undefined : readSection(section, format, otlp);
  const { reading } = gateway;
  return {
    traceId: undefined,
    spanId: undefined,
    signalPath: undefined,
    exporterTimeoutMs: defaultExporterSeconds * 1000,
    ...configured,
    endpoint: readEndpoint(reading, otlp) ?? configured?.endpoint ?? '',
    headers: otlp.headers === undefined ? (configured?.headers ?? {}) : headersIn(otlp.headers, reading),
    serviceName: otlp.serviceName ?? configured?.serviceName ?? defaultServiceName,
    sampleRate: otlp.sampleRate ?? configured?.sampleRate ?? 1,
  };
}

/** The only section of TOML in which variables are filled in. */
function telemetrySection(gateway: Section, format: Format): Section | undefined {
  const section = sectionAt(gateway, 'opentelemetry');
  const older = format === 'toml' ? sectionAt(gateway, 'tracing') : undefined;
  if (section !== undefined && older !== undefined)
    report(gateway, 'tracing', 'is the older name of opentelemetry: write one of them');
  const found = section ?? older;
  return found && { ...found, reading: { ...found.reading, variables: 'named' } };
}

function readSection(section: Section, format: Format, otlp: OtlpSettings): TelemetryConfig {
  const key = spelledKeys(section, format, keys);
  const seconds = numberAt(section, key.exporterTimeout, exporterTimeoutRange);
  const whatToWrite = 'write the http or https address of an OTLP collector';
  const endpoint =
    otlp.endpoint === undefined
      ? requiredTextAt(section, key.endpoint, whatToWrite)
      : textAt(section, key.endpoint);
  if (endpoint !== undefined && !isHttpAddress(endpoint))
    report(section, key.endpoint, 'must be an http or https address');
  return {
    endpoint: endpoint ?? '',
    headers: readHeaders(section, key.headers),
    traceId: readHex(section, key.traceId, 32),
    spanId: readHex(section, key.spanId, 16),
    serviceName: textAt(section, key.serviceName) ?? defaultServiceName,
    sampleRate: numberAt(section, key.sampleRate, { minimum: 0, maximum: 1 }) ?? 1,
    signalPath: textAt(section, key.signalPath),
    exporterTimeoutMs: Math.round((seconds ?? defaultExporterSeconds) * 1000),
  };
}

/** An object of texts, or one text as `OTEL_EXPORTER_OTLP_HEADERS` has it. */
function readHeaders(section: Section, key: string): Readonly<Record<string, string>> {
  if (typeof section.value[key] !== 'string') return textMapAt(section, key) ?? {};
  const text = textAt(section, key);
  return text === undefined ? {} : headersIn({ name: `${section.path}.${key}`, text }, section.reading);
}

function headersIn(
  { name, text }: { name: string; text: string },
  reading: Reading,
): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => /^\s*([\w!#$%&'*+.^`|~-]+)=([!-~ ]*?)\s*$/.exec(pair));
  if (pairs.includes(null)) reading.problems.push(`${name}: must be key=value,key2=value2`);
  return Object.fromEntries(
    pairs.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])),
  );
}

function readEndpoint({ problems }: Reading, { endpoint }: OtlpSettings): string | undefined {
  if (endpoint !== undefined && !isHttpAddress(endpoint.text))
    problems.push(`${endpoint.name}: must be an http or https address`);
  return endpoint?.text;
}

function readHex(section: Section, key: string, digits: number): string | undefined {
  const text = textAt(section, key)?.toLowerCase();
  if (text === undefined || (text.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(text)))
    return text;
  report(section, key, `must be ${digits} hex digits, not all of them 0`);
  return undefined;
}
