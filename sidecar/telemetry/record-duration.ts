import { type Attributes, type Histogram, metrics } from '@opentelemetry/api';
import { version } from '../version.ts';
import { metric } from './metric.ts';

/** Which of the durations. */
export type Duration = 'labelingDuration' | 'queueDuration' | 'backendCallDuration';

/**
 * Upper bounds of the buckets, in seconds. A small question takes 0.1 ms, a large response some milliseconds, a backend
 * call tens to hundreds; a question may take 5 s unless an operator says otherwise.
 */
const bounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Made when the first duration is told: by then there is somebody to tell, or there never will be. */
let histograms: Readonly<Record<Duration, Histogram>> | undefined;

/** Tells how long something took, since a moment of the monotonic clock in milliseconds. */
export function recordDuration(which: Duration, sinceMs: number, attributes: Attributes): void {
  histograms ??= {
    labelingDuration: histogram('labelingDuration'),
    queueDuration: histogram('queueDuration'),
    backendCallDuration: histogram('backendCallDuration'),
  };
  histograms[which].record((performance.now() - sinceMs) / 1_000, attributes);
}

function histogram(which: Duration): Histogram {
  const { name, unit, description } = metric[which];
  const advice = { explicitBucketBoundaries: bounds };
  return metrics.getMeter('sluice-sidecar', version).createHistogram(name, { unit, description, advice });
}
