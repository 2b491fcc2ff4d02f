/** What a collector and a scraper are told of guards, by a real sidecar. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BackendErrorCode } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { metric } from '../../../sidecar/telemetry/metric.ts';
import { json } from '../../harness/guard-stream.ts';
import type { ExportedPoint } from '../../harness/otlp/exported.ts';
import { OtlpReceiver } from '../../harness/otlp-receiver.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

/** What operators' dashboards and alerts are made of. */
const pinned = [
  'histogram sluice.guard.labeling.duration s',
  'histogram sluice.guard.queue.duration s',
  'histogram sluice.guard.backend_call.duration s',
  'counter sluice.guard.cpu.time s',
  'counter sluice.guard.kills {process}',
  'counter sluice.guard.traps {labeling}',
  'counter sluice.guard.reruns {labeling}',
  'counter sluice.guard.process.starts {process}',
  'counter sluice.guard.process.recycled {process}',
  'counter sluice.guard.reloads {reload}',
  'level sluice.guard.session.count {session}',
  'level sluice.guard.labeling.count {labeling}',
  'level sluice.guard.turn.count {turn}',
  'level sluice.guard.instance.count {instance}',
  'level sluice.guard.process.count {process}',
  'level sluice.guard.process.memory By',
  'level sluice.guard.status 1',
];

const isOf = (guard: string) => (point: ExportedPoint) => point.attributes['sluice.guard.name'] === guard;

describe('the metrics of guards', () => {
  let receiver: OtlpReceiver;
  let sidecar: RunningSidecar;
  before(async () => {
    receiver = await OtlpReceiver.start();
    const env = {
      ...receiver.env,
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    };
    const guests = { 'echoes-backend': {}, 'loops-or-asks': { limits: { cpuMs: 200 } }, traps: {} };
    sidecar = await RunningSidecar.serving(guests, { env });
  });
  after(async () => {
    await sidecar[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  /** The sum of a metric's points of a guard, once something is true of it. */
  async function figure(
    name: string,
    guard: string,
    isTrue: (value: number) => boolean,
    attributes: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const wanted = Object.entries(attributes);
    const sumOf = (points: readonly ExportedPoint[]) =>
      points
        .filter(isOf(guard))
        .filter((point) => wanted.every(([key, value]) => point.attributes[key] === value))
        .reduce((sum, { value }) => sum + value, 0);
    await receiver.measured(name, (points) => points.some(isOf(guard)) && isTrue(sumOf(points)));
  }

  it('are these', () => {
    const all = Object.values(metric).map(({ kind, name, unit }) => `${kind} ${name} ${unit}`);
    assert.deepEqual(all, pinned);
  });

  it('tell how long questions took, and why some failed', async () => {
    const stream = await sidecar.open('traps');
    await stream.labelResource('get');
    await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
    const points = await receiver.measured(
      'sluice.guard.labeling.duration',
      (points) => points.filter(isOf('traps')).length === 3,
    );
    const told = points
      .filter(isOf('traps'))
      .map(({ attributes, count }) => [
        attributes['sluice.guard.question'],
        attributes['error.type'] ?? 'OK',
        count,
      ]);
    assert.deepEqual(told.sort(), [
      ['label_agent', 'OK', 1],
      ['label_resource', 'OK', 1],
      ['label_response', 'GUARD_TRAPPED', 1],
    ]);
    assert.equal(points[0]?.bounds[0], 0.0001);
    await figure('sluice.guard.traps', 'traps', (value) => value === 1);
    await stream.close();
  });

  it('tell of backend calls, by what the guard was told', async () => {
    const stream = await sidecar.open('echoes-backend');
    const outcomes = [
      json({ resource: {} }),
      {
        $case: 'error',
        value: { code: BackendErrorCode.BACKEND_ERROR_CODE_UNAVAILABLE, message: '', retryAfterMs: 0 },
      } as const,
    ];
    stream.answerBackend = () => outcomes.shift();
    await stream.labelResource('get');
    await stream.labelResource('get').catch(() => undefined);
    const points = await receiver.measured(
      'sluice.guard.backend_call.duration',
      ({ length }) => length === 2,
    );
    const codes = points.map(({ attributes, count }) => [
      attributes['sluice.guard.backend_call.code'],
      count,
    ]);
    assert.deepEqual(codes.sort(), [
      ['OK', 1],
      ['UNAVAILABLE', 1],
    ]);
    await stream.close();
  });

  it('tell of sessions, of what waits, of kills and of what ran again', async () => {
    const guard = 'loops-or-asks';
    const [loops, asks] = [await sidecar.open(guard), await sidecar.open(guard)];
    asks.answerBackend = () => new Promise(() => undefined);
    const answer = asks.labelResource('get');
    await asks.backendCall();
    await figure('sluice.guard.session.count', guard, (value) => value === 2);
    await figure('sluice.guard.labeling.count', guard, (value) => value === 1);
    await figure('sluice.guard.instance.count', guard, (value) => value === 1, {
      'sluice.guard.instance.state': 'idle',
    });
    const before = sidecar.log.length;
    const looped = loops.labelResponse('get', {});
    await sidecar.logged('looping', before);
    // It waits for the process, and then for the next one.
    const value = { id: asks.lastId, call: 1, outcome: json({ resource: {} }) };
    asks.answerBackend = () => json({ resource: {} });
    asks.send({ $case: 'backendResult', value });
    await assert.rejects(looped, { reason: 'BUDGET_EXCEEDED' });
    await answer;
    await figure('sluice.guard.kills', guard, (kills) => kills === 1);
    await figure('sluice.guard.reruns', guard, (reruns) => reruns === 1);
    await figure('sluice.guard.cpu.time', guard, (seconds) => seconds >= 0.2);
    await receiver.measured('sluice.guard.queue.duration', (points) => points.some(isOf(guard)));
    await figure('sluice.guard.process.count', guard, (count) => count === 1, {
      'sluice.guard.process.role': 'spare',
    });
    await figure('sluice.guard.process.memory', guard, (bytes) => bytes > 2 ** 20);
    await Promise.all([loops.close(), asks.close()]);
    await figure('sluice.guard.session.count', guard, (value) => value === 0);
  });

  it('can be scraped, from the address that the log names, and nothing else can', async () => {
    const address = /"metricsAddress":"([^"]+)"/.exec(sidecar.log)?.[1];
    const scraped = await fetch(`http://${address}/metrics`);
    const text = await scraped.text();
    assert.match(text, /^sluice_guard_status\{[^}]*sluice_guard_state="serving"[^}]*\} 1$/m);
    assert.match(text, /^sluice_guard_status\{[^}]*sluice_guard_state="quarantined"[^}]*\} 0$/m);
    assert.match(text, /^sluice_guard_process_count\{[^}]*sluice_guard_process_role="serving"[^}]*\} 1$/m);
    assert.match(text, /service_name="sluice-sidecar"/);
    assert.equal((await fetch(`http://${address}/`)).status, 404);
    assert.equal((await fetch(`http://${address}/metrics`, { method: 'POST' })).status, 405);
  });
});
