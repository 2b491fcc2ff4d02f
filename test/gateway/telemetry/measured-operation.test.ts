import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { RpcError } from '../../../gateway/rpc/rpc-error.ts';
import {
  readWhenCollected,
  startInstruments,
  stopInstruments,
} from '../../../gateway/telemetry/instruments.ts';
import { measured, operationFacts } from '../../../gateway/telemetry/measured-operation.ts';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });

before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
after(() => provider.shutdown());

/** The attributes of all points of a metric, in its last export. */
async function pointsOf(name: string): Promise<object[]> {
  await provider.forceFlush();
  const exported =
    exporter
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
  return exported
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes));
}

function failing(error: unknown): Promise<void> {
  const operation = {
    which: 'serverOperation',
    server: 'files',
    attributes: {},
  } as const;
  return measured(operation, ROOT_CONTEXT, () => Promise.reject(error)).catch(() => undefined);
}

suite('a measured operation', () => {
  test('is done as it is where nobody measures', async () => {
    stopInstruments();
    const operation = { which: 'serverOperation', server: 'files', attributes: {} } as const;
    assert.equal(await measured(operation, ROOT_CONTEXT, async (_, facts) => facts), undefined);
  });

  test('names its error by a code that is known, never by one that a server made up', async () => {
    startInstruments(provider.getMeter('test'));
    await failing(new RpcError(-32_602, 'no such tool'));
    await failing(new GatewayError('BACKEND_ERROR', 'words of a server'));
    for (let code = 1; code < 50; code++) await failing(new RpcError(code, 'a code of its own'));
    const types = (await pointsOf('mcp.server.operation.duration')).map(
      (point) => Object(point)['error.type'],
    );
    assert.deepEqual(types.sort(), ['-32602', 'BACKEND_ERROR', '_OTHER']);
  });

  test('has the facts of its own, and none of one that it is done for', async () => {
    const within = (server: string, work: () => Promise<unknown>) =>
      measured({ which: 'serverOperation', server, attributes: {} }, context.active(), (inside) =>
        context.with(inside, work),
      );
    await within('outer', () =>
      within('inner', async () => assert.equal(operationFacts()?.server, 'inner')).then(() =>
        assert.equal(operationFacts()?.server, 'outer'),
      ),
    );
    assert.equal(operationFacts(), undefined);
  });

  test('figures are read until whoever has them is gone', async () => {
    let readings = 0;
    const reading = readWhenCollected((tell) => tell('auditLost', ++readings));
    assert.equal((await pointsOf('sluice.audit.lost')).length, 1);
    reading[Symbol.dispose]();
    await provider.forceFlush();
    assert.equal(readings, 1);
  });
});
