import { ConfigError } from '../config/config-error.ts';
import type { Environment } from '../config/expand-variables.ts';

/** How OTLP is sent. */
export type OtlpProtocol = 'http/protobuf' | 'grpc';

/** Where OTLP is sent, and how. What is not said here, the exporters read from the standard variables themselves. */
export interface OtlpTarget {
  readonly protocol: OtlpProtocol;
  /** Whether a collector on this machine listens on a Unix socket: then there is no TLS. */
  readonly isSocket: boolean;
  /** Stands in for the variables. */
  readonly given?: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
  };
}

/** Which traces are kept, by the names of OpenTelemetry's specification. */
export interface SamplerSettings {
  readonly name: 'always_on' | 'always_off' | 'traceidratio';
  /** Of `traceidratio`: from 0, none, to 1, all. */
  readonly ratio: number;
  /** Whether a trace that others began is kept where they keep it. */
  readonly isParentBased: boolean;
}

/** How spans are gathered before they are sent (`OTEL_BSP_*`). */
export interface BatchSettings {
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
  /** In spans: what ends while so many wait is dropped. */
  readonly maxQueueSize: number;
  /** In spans. */
  readonly maxExportBatchSize: number;
}

/** Where spans go. */
export interface TraceSettings {
  readonly target: OtlpTarget;
  readonly sampler: SamplerSettings;
  /** The span that ours are children of where a client names none. */
  readonly parent?: { readonly traceId: string; readonly spanId: string };
}

/** Where metrics go. */
export interface MetricSettings {
  /** Undefined: not over OTLP. */
  readonly target: OtlpTarget | undefined;
  readonly exportIntervalMs: number;
  /** Whether they can be scraped. */
  readonly isScraped: boolean;
}

/** What is told of the work, and whom. */
export interface TelemetrySettings {
  readonly serviceName: string;
  /** Undefined: nobody is told. */
  readonly traces: TraceSettings | undefined;
  /** Whether the variables say that nobody is to be told of traces, whatever a configuration says. */
  readonly wantsNoTraces: boolean;
  readonly batch: BatchSettings;
  /** Undefined: nobody is told. */
  readonly metrics: MetricSettings | undefined;
}

type Signal = 'TRACES' | 'METRICS';

/** As OpenTelemetry's specification has it, in milliseconds. */
const defaultExportIntervalMs = 60_000;

/**
 * Reads OpenTelemetry's standard variables (`OTEL_*`). Nothing is sent where no endpoint and no exporter is named.
 *
 * @throws ConfigError everything that is wrong with them
 */
export function telemetrySettings(env: Environment, defaultServiceName: string): TelemetrySettings {
  const problems: string[] = [];
  const read = { env, problems };
  const serviceName = textOf(env, 'OTEL_SERVICE_NAME') ?? defaultServiceName;
  const isOff = textOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  const traceExporters = exportersOf(read, 'TRACES', ['otlp', 'none']);
  const metricExporters = exportersOf(read, 'METRICS', ['otlp', 'prometheus', 'none']);
  const traces = traceExporters.includes('otlp')
    ? { target: targetOf(read, 'TRACES'), sampler: samplerOf(read) }
    : undefined;
  const batch = batchOf(read);
  const isScraped = metricExporters.includes('prometheus');
  const target = metricExporters.includes('otlp') ? targetOf(read, 'METRICS') : undefined;
  const exportIntervalMs = wholeNumberOf(read, 'OTEL_METRIC_EXPORT_INTERVAL', defaultExportIntervalMs);
  const metrics = target !== undefined || isScraped ? { target, exportIntervalMs, isScraped } : undefined;
  if (problems.length > 0) throw new ConfigError(problems);
  const wantsNoTraces = isOff || traceExporters.includes('none');
  if (isOff) return { serviceName, traces: undefined, wantsNoTraces, batch, metrics: undefined };
  return { serviceName, traces, wantsNoTraces, batch, metrics };
}

interface Reading {
  readonly env: Environment;
  readonly problems: string[];
}

/** An empty variable is one that is not set, as the specification says. */
function textOf(env: Environment, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

/** What is said of OTLP for one of the signals, or for both. */
function otlpTextOf(env: Environment, signal: Signal, what: string): string | undefined {
  return textOf(env, `OTEL_EXPORTER_OTLP_${signal}_${what}`) ?? textOf(env, `OTEL_EXPORTER_OTLP_${what}`);
}

/** Those that are named; without a name, OTLP where there is an endpoint for it. */
function exportersOf(
  { env, problems }: Reading,
  signal: Signal,
  known: readonly string[],
): readonly string[] {
  const name = `OTEL_${signal}_EXPORTER`;
  const named = textOf(env, name);
  if (named === undefined) return otlpTextOf(env, signal, 'ENDPOINT') === undefined ? [] : ['otlp'];
  const exporters = named.split(',').map((exporter) => exporter.trim());
  if (!exporters.every((exporter) => known.includes(exporter)))
    problems.push(`${name}: must be ${known.join(' or ')}`);
  return exporters;
}

/** What an exporter cannot use it would ignore, and send to the default address instead. */
function targetOf({ env, problems }: Reading, signal: Signal): OtlpTarget {
  const protocol = otlpTextOf(env, signal, 'PROTOCOL') ?? 'http/protobuf';
  if (protocol !== 'grpc' && protocol !== 'http/protobuf') {
    problems.push('OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf or grpc');
    return { protocol: 'http/protobuf', isSocket: false };
  }
  const endpoint = otlpTextOf(env, signal, 'ENDPOINT') ?? 'http://localhost';
  const isSocket = protocol === 'grpc' && /^unix:\/\/\/./.test(endpoint);
  const isHttp = /^https?:\/\/[^/]/.test(endpoint) && URL.canParse(endpoint);
  const isBare = protocol === 'grpc' && /^[^:/\s]+:\d+$/.test(endpoint);
  const sockets = protocol === 'grpc' ? ' or unix:///path/to/socket' : ' (unix:///… needs grpc)';
  if (!isSocket && !isHttp && !isBare)
    problems.push(`OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https address${sockets}`);
  return { protocol, isSocket };
}

function samplerOf({ env, problems }: Reading): SamplerSettings {
  const words = textOf(env, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const isParentBased = words.startsWith('parentbased_');
  const name = words.replace(/^parentbased_/, '');
  const ratio = Number(textOf(env, 'OTEL_TRACES_SAMPLER_ARG') ?? 1);
  if (name !== 'always_on' && name !== 'always_off' && name !== 'traceidratio') {
    const known = 'always_on, always_off or traceidratio, each also with parentbased_ before it';
    problems.push(`OTEL_TRACES_SAMPLER: must be ${known}`);
    return { name: 'always_on', ratio: 1, isParentBased };
  }
  if (name === 'traceidratio' && !(ratio >= 0 && ratio <= 1))
    problems.push('OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1');
  return { name, ratio, isParentBased };
}

/** The SDK does not read these variables itself. The numbers are those of the specification. */
function batchOf(read: Reading): BatchSettings {
  const batch = {
    scheduledDelayMillis: wholeNumberOf(read, 'OTEL_BSP_SCHEDULE_DELAY', 5_000),
    exportTimeoutMillis: wholeNumberOf(read, 'OTEL_BSP_EXPORT_TIMEOUT', 30_000),
    maxQueueSize: wholeNumberOf(read, 'OTEL_BSP_MAX_QUEUE_SIZE', 2_048),
    maxExportBatchSize: wholeNumberOf(read, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
  };
  if (batch.maxExportBatchSize > batch.maxQueueSize)
    read.problems.push('OTEL_BSP_MAX_EXPORT_BATCH_SIZE: must not be above OTEL_BSP_MAX_QUEUE_SIZE');
  return batch;
}

/** Milliseconds, or how many. Timers know no more than 31 bits. */
function wholeNumberOf({ env, problems }: Reading, name: string, otherwise: number): number {
  const text = textOf(env, name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return value;
  problems.push(`${name}: must be a whole number above 0`);
  return otherwise;
}
