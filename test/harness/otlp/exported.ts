/** What was exported, as plain values. */
export type AttributeValue = string | number | boolean | readonly AttributeValue[];

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** An event in a span, or a link from it. */
export interface ExportedEvent {
  readonly name: string;
  readonly attributes: Attributes;
}

/** A span, with the process that it came from. */
export interface ExportedSpan {
  /** `service.name` of the process. */
  readonly service: string;
  readonly resource: Attributes;
  /** In hexadecimal digits, as in `traceparent`. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it has none. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'UNSPECIFIED';
  readonly attributes: Attributes;
  readonly events: readonly ExportedEvent[];
  /** The span ids that it points to. */
  readonly links: readonly string[];
  readonly status: 'UNSET' | 'OK' | 'ERROR';
  readonly statusMessage: string;
  /** Nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** One point of a metric. */
export interface ExportedPoint {
  readonly service: string;
  readonly attributes: Attributes;
  /** The number, or a histogram's sum. */
  readonly value: number;
  /** Of a histogram: how many. */
  readonly count: number | undefined;
  /** Of a histogram: the upper bounds of its buckets. */
  readonly bounds: readonly number[];
}

/** A metric of one process, as it was when it was exported last. */
export interface ExportedMetric {
  readonly service: string;
  readonly resource: Attributes;
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  readonly points: readonly ExportedPoint[];
}
