import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TelemetryBench } from './telemetry-bench.ts';
import { telemetryReport } from './telemetry-report.ts';

suite('the bench of telemetry', () => {
  test('calls through every way, and counts CPU time for each', async () => {
    await using bench = await TelemetryBench.start();
    assert.deepEqual(
      bench.ways.map(({ name }) => name),
      [
        'no endpoint',
        'metrics for Prometheus',
        'traces, a tenth of them',
        'traces, all',
        'traces, all, and metrics over OTLP',
      ],
    );
    const bounds = { rounds: 1, callsPerSlice: 40, idleRounds: 1, settleMs: 0 };
    const { costs, idleUs } = await bench.measure(bounds);
    assert.equal(costs.length, 5);
    for (const { gatewayUs, way } of costs)
      assert.ok(gatewayUs.length === 1 && Number(gatewayUs[0]) > 0, way);
    assert.ok(Number.isFinite(idleUs));
  });
});

suite('its report', () => {
  const costs = [
    { way: 'no endpoint', gatewayUs: [400, 500, 600], sidecarUs: [100, 100, 100] },
    { way: 'traces, all', gatewayUs: [800, 1_100, 1_000], sidecarUs: [200, 100, 400] },
  ];
  const machine = {
    cores: 2,
    cpuModel: 'm',
    node: 'v26',
    system: 'linux x64',
    loadAtStart: 0.5,
    packages: {},
  };
  const text = telemetryReport({ machine, costs, idleUs: 6, loadAtEnd: 1.5, tookMs: 1_000 });

  test('compares each round with the same round of the way without telemetry', () => {
    assert.match(text, /^\| no endpoint \| 500 \| 100 \| 600 \| 1\.00 \| 1\.00 to 1\.00 \|$/m);
    assert.match(text, /^\| traces, all \| 1000 \| 200 \| 1200 \| 2\.00 \| 2\.00 to 2\.00 \|$/m);
  });

  test('says what share of a call goes where nobody listens', () => {
    assert.match(text, /^Calls of OpenTelemetry's API where nobody listens: 6\.0 µs .* 1\.0 % of 600 µs\.$/m);
  });
});
