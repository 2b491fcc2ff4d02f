import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelingAims } from './labeling-aims.ts';
import type { LabelingPath } from './labeling-path.ts';
import type { Latency } from './latency.ts';
import type { Throughput } from './throughput.ts';

type Rounds = Partial<Record<LabelingPath['name'], number[]>>;

const usual: Rounds = {
  'guest alone': [80],
  'guard process': [100],
  'gRPC, socket': [200],
  'bare echo, open stream': [100],
};

const questions = ['`label_resource`', '`label_response`, 100 items'];

function latencies(rounds: Rounds = usual): Latency[] {
  return questions.flatMap((question) =>
    Object.entries({ ...usual, ...rounds }).map(([path, roundP50Us]) => {
      const p50Us = roundP50Us[0] ?? 0;
      const name = path as LabelingPath['name'];
      return { path: name, question, p50Us, p99Us: p50Us, calls: 1, callsPerSecond: 1, roundP50Us };
    }),
  );
}

const load: Omit<Throughput, 'question'> = {
  load: 'gRPC, socket',
  atOnce: 32,
  callsPerSecond: 8_000,
  p50Us: 1,
  p99Us: 1,
  cpuUsPerCall: { client: 1, server: 1, guardProcess: 1 },
  guardProcessBusy: 0.9,
};

const judged = (rounds: Rounds = usual, more: Partial<Throughput> = {}) =>
  labelingAims(latencies(rounds), loads(more)).map(({ measured, isMet }) => [measured, isMet]);

function loads(more: Partial<Throughput> = {}): Throughput[] {
  return questions.map((question) => ({ ...load, question, ...more }));
}

test('the socket is held against 1.3 bare echoes and the guard process, a response against the guest and the echo', () => {
  assert.deepEqual(judged({ 'gRPC, socket': [230] }), [
    ['1.00 (1.00 to 1.00)', true],
    ['1.00 (1.00 to 1.00)', true],
    ['230', false],
    ['8000', true],
    ['90 % (64 %)', true],
    ['90 % (64 %)', true],
    ['1.28 (1.28 to 1.28)', false],
  ]);
});

test('a little more is not met', () => {
  assert.deepEqual(judged({ 'gRPC, socket': [232] })[0], ['1.01 (1.01 to 1.01)', false]);
});

test('a small question takes less than 200 µs', () => {
  assert.deepEqual(judged({ 'gRPC, socket': [199] })[2], ['199', true]);
  assert.deepEqual(judged({ 'gRPC, socket': [200] })[2], ['200', false]);
});

test('a response of 100 items may take 15 % more than the guest and the echo', () => {
  assert.equal(judged({ 'gRPC, socket': [207] })[6]?.[1], true);
  assert.equal(judged({ 'gRPC, socket': [208] })[6]?.[1], false);
});

test('32 at once are 8,000 a second, and keep the guard process busy', () => {
  assert.deepEqual(judged(usual, { callsPerSecond: 7_999 })[3], ['7999', false]);
  assert.deepEqual(judged(usual, { guardProcessBusy: 0.5, callsPerSecond: 1_000 })[4], ['50 % (8 %)', false]);
});

test('the ratio of a round compares what was measured in that round', () => {
  const [first] = judged({
    'guard process': [100, 1_000, 100],
    'gRPC, socket': [230, 2_300, 460],
    'bare echo, open stream': [100, 1_000, 100],
  });
  assert.deepEqual(first, ['1.00 (1.00 to 2.00)', true]);
});

test('a path that was not measured is an error, not an aim that was met', () => {
  const some = latencies().filter(({ path }) => path !== 'guard process');
  assert.throws(() => labelingAims(some, loads()), /not all was measured/);
  assert.throws(() => labelingAims(latencies(), []), /not measured/);
  assert.throws(() => labelingAims(latencies(), loads().slice(0, 1)), /not measured/);
});
