import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { metric } from '../../../gateway/telemetry/metric.ts';

suite('the names of the gateway’s metrics', () => {
  test('are these: dashboards and alerts of others depend on them', () => {
    const said = Object.values(metric).map(({ name, kind, unit }) => `${name} ${kind} ${unit}`);
    assert.deepEqual(said, [
      'mcp.server.operation.duration histogram s',
      'mcp.client.operation.duration histogram s',
      'mcp.server.session.duration histogram s',
      'sluice.mcp.session.count level {session}',
      'sluice.agent.session.count read-level {session}',
      'sluice.guard.question.duration histogram s',
      'sluice.guard.read.duration histogram s',
      'sluice.difc.decisions counter {decision}',
      'sluice.difc.withheld counter {item}',
      'sluice.privilege.uses counter {use}',
      'sluice.server.status read-level {server}',
      'sluice.server.exits counter {process}',
      'sluice.server.breaker.open gauge {breaker}',
      'sluice.sidecar.exits counter {process}',
      'sluice.audit.delay histogram s',
      'sluice.audit.lines read-counter {line}',
      'sluice.audit.lost read-counter {event}',
      'sluice.audit.waiting read-level {event}',
      'sluice.audit.writable read-level {trail}',
    ]);
  });
});
