import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unrest } from './figures.ts';

const machine = { cores: 2, cpuModel: 'm', node: 'v26', system: 'linux x64', loadAtStart: 1 };
const latency = {
  path: 'guest alone',
  question: 'q',
  p50Us: 10,
  p99Us: 100,
  calls: 1,
  roundP50Us: [10],
} as const;

test('a machine with a load average of 1 and a p99 of ten medians is quiet', () => {
  assert.deepEqual(unrest({ machine, latencies: [latency] }), []);
});

test('a load average above 1 at the start is no quiet machine', () => {
  const reasons = unrest({ machine: { ...machine, loadAtStart: 1.5 }, latencies: [latency] });
  assert.deepEqual(reasons, ['the load average was 1.50 at the start (above 1)']);
});

test('a p99 above ten medians is no quiet machine', () => {
  const reasons = unrest({ machine, latencies: [{ ...latency, p99Us: 120 }] });
  assert.deepEqual(reasons, ['p99 is 12 × p50 for q by guest alone (above 10 ×)']);
});
