// The only place that knows OpenTelemetry's SDK: all others speak to its API, which costs next to nothing where nobody
// listens. The SDK is loaded only where something is to be sent.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { credentials } from '@grpc/grpc-js';
import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  metrics,
  propagation,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { Resource } from '@opentelemetry/resources';
import type { MeterProvider, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { Sampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from './log.ts';
import { startInstruments } from './telemetry/instruments.ts';
import type {
  BatchSettings,
  MetricSettings,
  OtlpTarget,
  SamplerSettings,
  TelemetrySettings,
  TraceSettings,
} from './telemetry/telemetry-settings.ts';
import { until } from './until.ts';
import { version } from './version.ts';

/** How long the end of the process waits for what has not been sent yet, in milliseconds. */
const leaveMs = 3_000;

/** Of what goes wrong while sending, one line in this time is written, in milliseconds. */
const complaintEveryMs = 60_000;

/** Answers a request for the metrics, in Prometheus' format. */
export type ServeMetrics = (request: IncomingMessage, response: ServerResponse) => void;

/** What is told of the work of this process; when it ends, what is left is sent. */
export interface Telemetry extends AsyncDisposable {
  /** Undefined: they are not scraped. */
  readonly serveMetrics: ServeMetrics | undefined;
}

/** Starts to tell. Before the first span and the first measurement. */
export async function startTelemetry(
  { serviceName, traces, batch, metrics }: TelemetrySettings,
  log: Log,
): Promise<Telemetry> {
  if (traces === undefined && metrics === undefined)
    return { serveMetrics: undefined, [Symbol.asyncDispose]: async () => undefined };
  complainTo(log);
  const resource = await describeProcess(serviceName);
  const tracing = traces && (await startTraces(traces, { batch, resource }));
  const measuring = metrics && (await startMetrics(metrics, resource));
  // What is measured is told on the way what it is about.
  if (tracing === undefined) context.setGlobalContextManager((await contextManager(undefined)).enable());
  return {
    serveMetrics: measuring?.serveMetrics,
    [Symbol.asyncDispose]: async () => {
      const ended = Promise.all([tracing?.shutdown(), measuring?.provider.shutdown()]);
      await until(ended, AbortSignal.timeout(leaveMs)).catch(() => undefined);
    },
  };
}

async function describeProcess(serviceName: string): Promise<Resource> {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes, serviceInstanceIdDetector } =
    await import('@opentelemetry/resources');
  const own = { 'service.name': serviceName, 'service.version': version, 'process.pid': process.pid };
  const given = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  return defaultResource().merge(given).merge(resourceFromAttributes(own));
}

async function startTraces(
  { target, sampler, parent }: TraceSettings,
  { batch, resource }: { batch: BatchSettings; resource: Resource },
): Promise<TracerProvider> {
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await (target.protocol === 'grpc'
    ? import('@opentelemetry/exporter-trace-otlp-grpc')
    : import('@opentelemetry/exporter-trace-otlp-proto'));
  const exporter = new OTLPTraceExporter(connectionTo(target));
  const spanProcessors = [new BatchSpanProcessor({ exporter, ...batch })];
  const provider = new TracerProvider({ resource, sampler: await samplerFor(sampler), spanProcessors });
  context.setGlobalContextManager((await contextManager(parent)).enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return provider;
}

/** What belongs to no span belongs to the one that the operator names. */
async function contextManager(parent: TraceSettings['parent']): Promise<AsyncLocalStorageContextManager> {
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  if (parent === undefined) return new AsyncLocalStorageContextManager();
  const spanContext = { ...parent, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  const rooted = trace.setSpanContext(ROOT_CONTEXT, spanContext);
  return new (class extends AsyncLocalStorageContextManager {
    override active(): Context {
      const active = super.active();
      return active === ROOT_CONTEXT ? rooted : active;
    }
  })();
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
  { target, exportIntervalMs, isScraped }: MetricSettings,
  resource: Resource,
): Promise<{ provider: MeterProvider; serveMetrics: ServeMetrics | undefined }> {
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  // Served at the door that everything else comes through, with its checks.
  const scraped = isScraped ? new PrometheusExporter({ preventServerStart: true }) : undefined;
  const exporter = target && (await metricExporter(target));
  const pushed =
    exporter && new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: exportIntervalMs });
  const readers = [scraped, pushed].filter((reader) => reader !== undefined);
  const provider = new MeterProvider({ resource, readers });
  metrics.setGlobalMeterProvider(provider);
  startInstruments(provider.getMeter('sluice-gateway', version));
  return { provider, serveMetrics: scraped?.getMetricsRequestHandler.bind(scraped) };
}

async function metricExporter(target: OtlpTarget): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } = await (target.protocol === 'grpc'
    ? import('@opentelemetry/exporter-metrics-otlp-grpc')
    : import('@opentelemetry/exporter-metrics-otlp-proto'));
  return new OTLPMetricExporter(connectionTo(target));
}

/** The exporter takes a Unix socket for a network, and would ask for TLS. */
function connectionTo({ isSocket, given }: OtlpTarget): {
  url?: string;
  headers?: Record<string, string>;
  timeoutMillis?: number;
  credentials?: ReturnType<typeof credentials.createInsecure>;
} {
  if (given === undefined) return isSocket ? { credentials: credentials.createInsecure() } : {};
  return { url: given.url, headers: { ...given.headers }, timeoutMillis: given.timeoutMs };
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
