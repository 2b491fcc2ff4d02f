// The only place that knows OpenTelemetry's SDK: all others speak to its API, which costs next to nothing where nobody
// listens. The SDK is loaded only where something is to be sent.

import type { ChannelCredentials } from '@grpc/grpc-js';
import { context, DiagLogLevel, diag, metrics, propagation, trace } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { MeterProvider, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { Sampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from './log.ts';
import { orAborted } from './or-aborted.ts';
import type { OtlpTarget, SamplerSettings, TelemetrySettings } from './telemetry/telemetry-settings.ts';
import { version } from './version.ts';

/** How long the end of the process waits for what has not been sent yet, in milliseconds. */
const leaveMs = 3_000;

/** Of what goes wrong while sending, one line in this time is written, in milliseconds. */
const complaintEveryMs = 60_000;

/**
 * Starts to tell of the work of this process; what it gives back sends what is left. Before the first span and the first
 * measurement. Throws one sentence where metrics cannot be served.
 */
export async function startTelemetry(
  { serviceName, traces, metrics: measured }: TelemetrySettings,
  log: Log,
): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  if (traces === undefined && measured === undefined) return parts.move();
  complainTo(log);
  const resource = await describeProcess(serviceName);
  const tracing = traces && (await startTraces(traces, resource));
  const measuring = measured && (await startMetrics(measured, { resource, log, parts }));
  parts.defer(async () => {
    const ended = Promise.all([tracing?.shutdown(), measuring?.shutdown()]);
    await orAborted(ended, AbortSignal.timeout(leaveMs)).catch(() => undefined);
  });
  return parts.move();
}

async function describeProcess(serviceName: string): Promise<Resource> {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes, serviceInstanceIdDetector } =
    await import('@opentelemetry/resources');
  const own = { 'service.name': serviceName, 'service.version': version, 'process.pid': process.pid };
  const given = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  return defaultResource().merge(given).merge(resourceFromAttributes(own));
}

async function startTraces(
  { target, sampler, batch }: NonNullable<TelemetrySettings['traces']>,
  resource: Resource,
): Promise<TracerProvider> {
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await (target.protocol === 'grpc'
    ? import('@opentelemetry/exporter-trace-otlp-grpc')
    : import('@opentelemetry/exporter-trace-otlp-proto'));
  const exporter = new OTLPTraceExporter(await connectionTo(target));
  const spanProcessors = [new BatchSpanProcessor({ exporter, ...batch })];
  const provider = new TracerProvider({ resource, sampler: await samplerFor(sampler), spanProcessors });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return provider;
}

async function samplerFor({ name, ratio, isParentBased }: SamplerSettings): Promise<Sampler> {
  const sdk = await import('@opentelemetry/sdk-trace');
  const samplers: Readonly<Record<SamplerSettings['name'], () => Sampler>> = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  };
  const root = samplers[name]();
  return isParentBased ? new sdk.ParentBasedSampler({ root }) : root;
}

async function startMetrics(
  { target, exportIntervalMs, scraped }: NonNullable<TelemetrySettings['metrics']>,
  { resource, log, parts }: { resource: Resource; log: Log; parts: AsyncDisposableStack },
): Promise<MeterProvider> {
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  const scrape = scraped && new PrometheusExporter({ preventServerStart: true });
  const exporter = target && (await metricExporter(target));
  const pushed =
    exporter && new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: exportIntervalMs });
  const readers = [scrape, pushed].filter((reader) => reader !== undefined);
  const provider = new MeterProvider({ resource, readers });
  metrics.setGlobalMeterProvider(provider);
  if (scraped !== undefined && scrape !== undefined) {
    // The exporter's own server names no port that it was given, and one connection refused ends the process.
    const { MetricsServer } = await import('./telemetry/metrics-server.ts');
    const server = parts.use(new MetricsServer(scrape.getMetricsRequestHandler.bind(scrape)));
    log.write('info', 'sidecar serves metrics', { metricsAddress: await server.listen(scraped) });
  }
  return provider;
}

async function metricExporter(target: OtlpTarget): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } = await (target.protocol === 'grpc'
    ? import('@opentelemetry/exporter-metrics-otlp-grpc')
    : import('@opentelemetry/exporter-metrics-otlp-proto'));
  return new OTLPMetricExporter(await connectionTo(target));
}

/** The exporter takes a Unix socket for a network, and would ask for TLS. */
async function connectionTo({ isSocket }: OtlpTarget): Promise<{ credentials?: ChannelCredentials }> {
  if (!isSocket) return {};
  const { credentials } = await import('@grpc/grpc-js');
  return { credentials: credentials.createInsecure() };
}

/** What goes wrong while sending is no reason to stop, and none to fill the log. */
function complainTo(log: Log): void {
  let quietUntilMs = 0;
  const complain = (message: string) => {
    if (performance.now() < quietUntilMs) return;
    quietUntilMs = performance.now() + complaintEveryMs;
    log.write('warn', `telemetry cannot be sent: ${sentenceOf(message).slice(0, 500)}`);
  };
  const ignore = () => undefined;
  const logger = { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/** The SDK tells of errors as JSON, with their stacks: an operator needs the sentence in it. */
function sentenceOf(message: string): string {
  try {
    const told: unknown = JSON.parse(message);
    return typeof told === 'object' && told !== null && 'message' in told ? String(told.message) : message;
  } catch {
    return message;
  }
}
