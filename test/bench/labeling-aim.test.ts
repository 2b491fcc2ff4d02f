import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelingAims } from './labeling-aim.ts';
import type { LabelingPath } from './labeling-path.ts';
import type { Latency } from './latency.ts';

function latency(path: LabelingPath['name'], p50Us: number, roundP50Us: number[] = [p50Us]): Latency {
  return { path, question: 'q', p50Us, p99Us: p50Us, calls: 1, roundP50Us };
}

function aimOf(grpcUs: number) {
  const [aim] = labelingAims([
    latency('guard process', 50),
    latency('gRPC, socket', grpcUs),
    latency('bare echo, socket', 100),
  ]);
  return aim;
}

test('the aim is one and a half bare echoes and the guard process', () => {
  assert.equal(aimOf(200)?.limitUs, 200);
  assert.equal(aimOf(200)?.isMet, true);
  assert.equal(aimOf(200)?.ratio, 1);
  assert.equal(aimOf(201)?.isMet, false);
});

test('the ratio of a round compares what was measured in that round', () => {
  const [aim] = labelingAims([
    latency('guard process', 0, [50, 500, 50, 50]),
    latency('gRPC, socket', 0, [100, 2_000, 300, 400]),
    latency('bare echo, socket', 0, [100, 1_000, 100, 100]),
  ]);
  assert.equal(aim?.roundRatioP25, 0.5);
  assert.equal(aim?.roundRatioP75, 1.5);
});

test('a path that was not measured is an error, not an aim that was met', () => {
  assert.throws(() => labelingAims([latency('gRPC, socket', 1)]), /guard process was not measured/);
});
