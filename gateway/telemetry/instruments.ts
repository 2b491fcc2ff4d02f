// What is measured, told to whoever gathers it. Made once there is somebody: OpenTelemetry's API has instruments of no
// effect before that, and they stay so. Without anybody, nothing is made and nothing is told.

import type {
  Attributes,
  Counter,
  Gauge,
  Histogram,
  Meter,
  Observable,
  UpDownCounter,
} from '@opentelemetry/api';
import { type MetricOf, metric } from './metric.ts';

/** As the conventions for MCP ask, in seconds, and three below: what costs an agent time is mostly under 10 ms here. */
const operationBounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
/** The same with those of sessions above, which end when nobody has used them for hours. */
const sessionBounds = [...operationBounds.slice(3), 900, 1_800, 3_600, 7_200, 21_600, 86_400];
/** As the sidecar has them, so that one can be laid beside the other: a small question takes 0.1 ms there. */
const guardBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

const bounds: Readonly<Record<MetricOf<'histogram'>, readonly number[]>> = {
  serverOperation: operationBounds,
  clientOperation: operationBounds,
  serverSession: sessionBounds,
  guardQuestion: guardBounds,
  guardRead: guardBounds,
  auditDelay: guardBounds,
};

/** What is read when metrics are collected. */
export type Reading = MetricOf<'read-counter' | 'read-level'>;

/** Tells one figure. */
export type Tell = (which: Reading, value: number, attributes?: Attributes) => void;

interface Instruments {
  readonly meter: Meter;
  readonly histograms: ReadonlyMap<string, Histogram>;
  readonly counters: ReadonlyMap<string, Counter | UpDownCounter>;
  readonly gauges: ReadonlyMap<string, Gauge>;
  readonly read: ReadonlyMap<string, Observable>;
}

let instruments: Instruments | undefined;

/** From now on there is somebody to tell. */
export function startInstruments(meter: Meter): void {
  const histograms = new Map<string, Histogram>();
  const counters = new Map<string, Counter | UpDownCounter>();
  const gauges = new Map<string, Gauge>();
  const read = new Map<string, Observable>();
  for (const [key, { name, kind, ...options }] of Object.entries(metric)) {
    if (kind === 'counter') counters.set(key, meter.createCounter(name, options));
    else if (kind === 'level') counters.set(key, meter.createUpDownCounter(name, options));
    else if (kind === 'gauge') gauges.set(key, meter.createGauge(name, options));
    else if (kind === 'read-counter') read.set(key, meter.createObservableCounter(name, options));
    else if (kind === 'read-level') read.set(key, meter.createObservableUpDownCounter(name, options));
  }
  for (const [key, explicitBucketBoundaries] of Object.entries(bounds)) {
    const { name, kind: _, ...options } = metric[key as MetricOf<'histogram'>];
    const advice = { explicitBucketBoundaries: [...explicitBucketBoundaries] };
    histograms.set(key, meter.createHistogram(name, { ...options, advice }));
  }
  instruments = { meter, histograms, counters, gauges, read };
}

/** Nobody is told any more. */
export function stopInstruments(): void {
  instruments = undefined;
}

/** Whether there is somebody to tell: what costs something to say need not be said otherwise. */
export function isMeasuring(): boolean {
  return instruments !== undefined;
}

/** Tells how long something took, since a moment of `performance.now()`. */
export function recordSince(which: MetricOf<'histogram'>, sinceMs: number, attributes?: Attributes): void {
  instruments?.histograms.get(which)?.record((performance.now() - sinceMs) / 1_000, attributes);
}

/** Counts so many; 0 of them lets a count that has not begun be seen, so that its first one is seen as a rise. */
export function count(which: MetricOf<'counter' | 'level'>, by: number, attributes?: Attributes): void {
  instruments?.counters.get(which)?.add(by, attributes);
}

/** Tells what something is from now on. */
export function tellLevel(which: MetricOf<'gauge'>, value: number, attributes?: Attributes): void {
  instruments?.gauges.get(which)?.record(value, attributes);
}

/** Has figures read whenever metrics are collected, until it is disposed of. */
export function readWhenCollected(read: (tell: Tell) => void | Promise<void>): Disposable {
  if (instruments === undefined) return { [Symbol.dispose]: () => undefined };
  const { meter, read: observables } = instruments;
  const all = [...observables.values()];
  const callback: Parameters<Meter['addBatchObservableCallback']>[0] = (result) =>
    read((which, value, attributes) => {
      const instrument = observables.get(which);
      if (instrument !== undefined) result.observe(instrument, value, attributes);
    });
  meter.addBatchObservableCallback(callback, all);
  return { [Symbol.dispose]: () => meter.removeBatchObservableCallback(callback, all) };
}
