/** Reads OTLP's protobuf. What comes out of the decoder is taken at its word: it was built from the same definition. */
import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Attributes, AttributeValue, ExportedMetric, ExportedPoint, ExportedSpan } from './exported.ts';

const files = ['trace-service.proto', 'metrics-service.proto'];
const options = {
  includeDirs: [import.meta.dirname],
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
};
const definitions = loadSync(
  files.map((file) => join(import.meta.dirname, file)),
  options,
);

/** `Export` of traces, over gRPC. */
export const traceService = service('opentelemetry.proto.collector.trace.v1.TraceService');

/** `Export` of metrics, over gRPC. */
export const metricsService = service('opentelemetry.proto.collector.metrics.v1.MetricsService');

/** The spans of an `ExportTraceServiceRequest`. */
export function decodeSpans(bytes: Buffer): ExportedSpan[] {
  const { resourceSpans } = exportOf(traceService).requestDeserialize(bytes) as unknown as RawTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = attributesOf(resource?.attributes ?? []);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(span, attributes)));
  });
}

/** The metrics of an `ExportMetricsServiceRequest`. */
export function decodeMetrics(bytes: Buffer): ExportedMetric[] {
  const { resourceMetrics } = exportOf(metricsService).requestDeserialize(bytes) as unknown as RawMetrics;
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const attributes = attributesOf(resource?.attributes ?? []);
    return scopeMetrics.flatMap(({ metrics }) => metrics.map((metric) => metricOf(metric, attributes)));
  });
}

interface RawTraces {
  readonly resourceSpans: readonly {
    readonly resource: RawResource;
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

interface RawMetrics {
  readonly resourceMetrics: readonly {
    readonly resource: RawResource;
    readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[];
  }[];
}

type RawResource = { readonly attributes: readonly RawKeyValue[] } | null;

interface RawKeyValue {
  readonly key: string;
  readonly value: RawValue | null;
}

interface RawValue {
  readonly value?: 'stringValue' | 'boolValue' | 'intValue' | 'doubleValue' | 'arrayValue' | 'bytesValue';
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly RawValue[] };
  readonly bytesValue?: Buffer;
}

interface RawSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: ExportedSpan['kind'];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly RawKeyValue[];
  readonly events: readonly { readonly name: string; readonly attributes: readonly RawKeyValue[] }[];
  readonly links: readonly { readonly spanId: Buffer }[];
  readonly status: { readonly message: string; readonly code: ExportedSpan['status'] } | null;
}

interface RawPoint {
  readonly attributes: readonly RawKeyValue[];
  readonly value?: 'asDouble' | 'asInt';
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
}

interface RawMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly data: ExportedMetric['kind'];
  readonly gauge?: { readonly dataPoints: readonly RawPoint[] };
  readonly sum?: { readonly dataPoints: readonly RawPoint[] };
  readonly histogram?: { readonly dataPoints: readonly RawPoint[] };
}

function service(name: string): ServiceDefinition {
  return definitions[name] as ServiceDefinition;
}

function exportOf({ Export }: ServiceDefinition): NonNullable<ServiceDefinition['Export']> {
  if (Export === undefined) throw new Error('no such service');
  return Export;
}

function spanOf(span: RawSpan, resource: Attributes): ExportedSpan {
  const { name, kind, status } = span;
  return {
    service: String(resource['service.name'] ?? ''),
    resource,
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentSpanId: span.parentSpanId.toString('hex'),
    name,
    kind,
    attributes: attributesOf(span.attributes),
    events: span.events.map((event) => ({ name: event.name, attributes: attributesOf(event.attributes) })),
    links: span.links.map(({ spanId }) => spanId.toString('hex')),
    status: status?.code ?? 'UNSET',
    statusMessage: status?.message ?? '',
    startNs: BigInt(span.startTimeUnixNano),
    endNs: BigInt(span.endTimeUnixNano),
  };
}

function metricOf(metric: RawMetric, resource: Attributes): ExportedMetric {
  const { name, unit, description, data: kind } = metric;
  const serviceName = String(resource['service.name'] ?? '');
  const points = (metric[kind]?.dataPoints ?? []).map((point) => pointOf(point, serviceName));
  return { service: serviceName, resource, name, unit, description, kind, points };
}

function pointOf(point: RawPoint, serviceName: string): ExportedPoint {
  const value = point.count === undefined ? Number(point[point.value ?? 'asDouble']) : (point.sum ?? 0);
  return {
    service: serviceName,
    attributes: attributesOf(point.attributes),
    value,
    count: point.count === undefined ? undefined : Number(point.count),
    bounds: point.explicitBounds ?? [],
  };
}

function attributesOf(pairs: readonly RawKeyValue[]): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value === null ? '' : plainValue(value)]));
}

function plainValue(value: RawValue): AttributeValue {
  if (value.value === 'intValue') return Number(value.intValue);
  if (value.value === 'arrayValue') return (value.arrayValue?.values ?? []).map(plainValue);
  if (value.value === 'bytesValue') return (value.bytesValue ?? Buffer.alloc(0)).toString('hex');
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? '';
}
