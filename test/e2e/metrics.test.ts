/** What a real gateway measures of real calls, as Prometheus scrapes it and as OTLP carries it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { metric } from '../../gateway/telemetry/metric.ts';
import { filesystemServer, nodeServer, oddServer, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScrapedMetrics } from '../harness/scraped-metrics.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const toldServer = nodeServer(join(import.meta.dirname, '..', 'harness', 'told-server.ts'), '{}');
const scripted = (lines: Parameters<typeof script>[0]) => ({
  ...toldServer,
  guard: 'scripted',
  'guard-policies': script(lines),
});
const scraped = { OTEL_METRICS_EXPORTER: 'prometheus' };
const guards = { scripted: scriptedGuard };
const mcpServers = {
  open: scripted({}),
  secrets: scripted({ mode: 'strict', resource: { secrecy: ['house'] } }),
  lists: scripted({
    response: { labeled_paths: [{ path: '/1', labels: { secrecy: ['board'] } }], items_path: '' },
  }),
};
const twoItems = {
  lines: [
    '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"[{\\"a\\":1},{\\"a\\":2}]"}]}}',
  ],
  isSilent: true,
};
const server = (name: string) => ({ sluice_server_name: name });

suite('the metrics of a gateway', () => {
  let gateway: RunningGateway;
  before(async () => {
    const folder = await temporaryFolder();
    gateway = await RunningGateway.start({
      gateway: { audit: { file: join(folder, 'trail.jsonl') } },
      guards,
      mcpServers: { ...mcpServers, odd: oddServer, files: filesystemServer(folder) },
      env: scraped,
    });
  });
  after(() => gateway[Symbol.asyncDispose]());
  const scrape = () => ScrapedMetrics.of(gateway.url);

  test('have each request by method, server, tool and outcome', async () => {
    assert.equal(outcomeOf(await gateway.call('open', 'say')), 'result');
    assert.equal(outcomeOf(await gateway.call('secrets', 'say')), 'denied READ_SECRECY');
    const seen = await scrape();
    const calls = { mcp_method_name: 'tools/call', gen_ai_tool_name: 'say' };
    const name = 'mcp_server_operation_duration_count';
    const result = { ...server('open'), ...calls, sluice_difc_outcome: 'result' };
    assert.equal(seen.sum(name, result), 1);
    const denied = {
      ...server('secrets'),
      ...calls,
      sluice_difc_outcome: 'denied',
      error_type: 'tool_error',
    };
    assert.equal(seen.sum(name, denied), 1);
    assert.equal(seen.sum('mcp_client_operation_duration_count', { ...server('open'), ...calls }), 1);
    assert.equal(
      seen.sum('mcp_client_operation_duration_count', { ...server('secrets'), ...calls }),
      undefined,
    );
    const bounds = seen.values('mcp_server_operation_duration_bucket', 'le');
    for (const bound of [
      '0.01',
      '0.02',
      '0.05',
      '0.1',
      '0.2',
      '0.5',
      '1',
      '2',
      '5',
      '10',
      '30',
      '60',
      '120',
      '300',
    ])
      assert.ok(bounds.includes(bound), `the conventions ask for a bucket up to ${bound} s`);
  });

  test('have decisions by outcome and reason, and what was withheld by its cause', async () => {
    await gateway.call('lists', 'say', { args: twoItems });
    const seen = await scrape();
    const denied = { ...server('secrets'), sluice_difc_outcome: 'denied' };
    assert.ok(
      (seen.sum('sluice_difc_decisions_total', { ...denied, sluice_difc_reason: 'READ_SECRECY' }) ?? 0) > 0,
    );
    assert.deepEqual(seen.values('sluice_difc_decisions_total', 'sluice_difc_outcome'), ['denied', 'result']);
    const withheld = { ...server('lists'), sluice_difc_withheld_by: 'secrecy' };
    assert.equal(seen.sum('sluice_difc_withheld_total', withheld), 1);
    assert.deepEqual(seen.values('sluice_difc_withheld_total', 'sluice_difc_withheld_by'), ['secrecy']);
  });

  test('have each question to a guard, as the gateway waited for it', async () => {
    const seen = await scrape();
    assert.deepEqual(seen.values('sluice_guard_question_duration_count', 'sluice_guard_question'), [
      'label_agent',
      'label_resource',
      'label_response',
    ]);
    assert.deepEqual(seen.values('sluice_guard_question_duration_count', 'sluice_guard_name'), ['scripted']);
  });

  test('have MCP sessions while they are open and when they end, and agent sessions', async () => {
    const agents = (await scrape()).sum('sluice_agent_session_count') ?? 0;
    const client = await gateway.connect('open', { run: 'another' });
    const open = (await scrape()).sum('sluice_mcp_session_count', server('open')) ?? 0;
    await callTool(client, 'say');
    assert.equal((await scrape()).sum('sluice_agent_session_count'), agents + 1);
    const ended = (await scrape()).sum('mcp_server_session_duration_count', server('open')) ?? 0;
    await Object(client).transport.terminateSession();
    const seen = await scrape();
    assert.equal(seen.sum('sluice_mcp_session_count', server('open')), open - 1);
    assert.equal(seen.sum('mcp_server_session_duration_count', server('open')), ended + 1);
  });

  test('have the state of each server, and ends of its processes, from the beginning', async () => {
    await gateway.ready();
    const before = await scrape();
    assert.equal(before.sum('sluice_server_exits_total', server('odd')), 0);
    const ready = { ...server('odd'), sluice_server_state: 'ready' };
    assert.equal(before.sum('sluice_server_status', ready), 1);
    await gateway.call('odd', 'die');
    await gateway.logged('exit status 3');
    assert.equal((await scrape()).sum('sluice_server_exits_total', server('odd')), 1);
  });

  test('have what the audit trail wrote, lost and holds back', async () => {
    const seen = await scrape();
    assert.ok((seen.sum('sluice_audit_lines_total') ?? 0) > 0);
    assert.equal(seen.sum('sluice_audit_lost_total'), 0);
    assert.equal(seen.sum('sluice_audit_writable'), 1);
    assert.ok((seen.sum('sluice_audit_delay_count') ?? 0) > 0);
    const health = await (await fetch(`${gateway.url}/health`)).json();
    assert.deepEqual(Object(health).audit, { writable: true, lost: 0 });
  });

  test('do not grow with what agents make up: methods, tools, error codes', async () => {
    const client = await gateway.connect('files');
    const before = (await scrape()).samples.length;
    const anything = Object({ parse: (value: unknown) => value });
    for (let made = 0; made < 1_000; made += 25) {
      const refused = Array.from({ length: 25 }, (_, more) => [
        client.callTool({ name: `made-up-tool-${made + more}`, arguments: {} }),
        client.request({ method: `made/up/${made + more}` }, anything),
      ]);
      await Promise.allSettled(refused.flat());
    }
    const seen = await scrape();
    assert.ok(
      !seen.samples.some(({ labels }) => JSON.stringify(labels).includes('made')),
      'no name is theirs',
    );
    const other = { mcp_method_name: '_OTHER', ...server('files') };
    assert.equal(seen.sum('mcp_server_operation_duration_count', other), 1_000);
    // A series for the calls and one for the methods, in each of the histograms and the counter that have them.
    assert.ok(seen.samples.length - before < 150, `${seen.samples.length - before} more series`);
  });

  test('have no tags, principals, sessions or arguments', async () => {
    const labels = new Set((await scrape()).samples.flatMap(({ labels }) => Object.keys(labels)));
    assert.deepEqual(
      [...labels].filter((label) => /principal|session_id|tag|request|arg/.test(label)),
      [],
    );
    const values = (await scrape()).samples.flatMap(({ labels }) => Object.values(labels));
    for (const secret of ['house', 'board', 'anonymous']) assert.ok(!values.includes(secret), secret);
  });
});

suite('the sidecar of the gateway’s own', () => {
  test('is counted when it ends by itself', async () => {
    await using gateway = await RunningGateway.start({ guards, mcpServers, env: scraped });
    const pid = await gateway.sidecarPid();
    assert.equal((await ScrapedMetrics.of(gateway.url)).sum('sluice_sidecar_exits_total'), 0);
    process.kill(pid, 'SIGKILL');
    await gateway.logged('it is started again');
    assert.equal((await ScrapedMetrics.of(gateway.url)).sum('sluice_sidecar_exits_total'), 1);
  });
});

suite('what guards read', () => {
  test('is measured by what they were told', async () => {
    await using gateway = await RunningGateway.start({
      guests: { 'calls-backend': {} },
      mcpServers: { asking: { ...toldServer, guard: 'calls-backend' } },
      env: scraped,
    });
    await gateway.call('asking', 'say');
    const seen = await ScrapedMetrics.of(gateway.url);
    const told = {
      ...server('asking'),
      sluice_guard_name: 'calls-backend',
      sluice_guard_backend_call_code: 'NOT_FOUND',
    };
    assert.equal(seen.sum('sluice_guard_read_duration_count', told), 1);
    assert.equal(seen.series('sluice_guard_read_duration_count', { gen_ai_tool_name: 'get' }).length, 0);
  });
});

suite('over OTLP', () => {
  test('what is asked to tell how guards are is no trace', async () => {
    await using otlp = await OtlpReceiver.start();
    await using gateway = await RunningGateway.start({ guards, mcpServers, env: otlp.env });
    await gateway.ready();
    await otlp.measured(metric.serverStatus.name, (points) => points.length > 0);
    await otlp.measured(metric.guardQuestion.name, (points) => points.length > 0);
    await gateway.call('open', 'say');
    await otlp.span(({ name }) => name === 'tools/call say');
    assert.deepEqual(
      otlp.spans.filter(({ name, parentSpanId }) => parentSpanId === '' && name.includes('label_agent')),
      [],
    );
  });

  test('the metrics have the names and units that are written down', async () => {
    await using otlp = await OtlpReceiver.start();
    await using gateway = await RunningGateway.start({
      guards,
      mcpServers,
      env: { ...otlp.env, OTEL_TRACES_EXPORTER: 'none' },
    });
    await gateway.call('open', 'say');
    await otlp.measured(metric.decisions.name, (points) => points.length > 0);
    await otlp.measured(metric.serverStatus.name, (points) => points.length > 0);
    const known = new Map<string, { name: string; unit: string }>(
      Object.values(metric).map((each) => [each.name, each]),
    );
    for (const { name, unit, service } of otlp.metrics.filter((each) => each.service === 'sluice-gateway')) {
      assert.equal(service, 'sluice-gateway');
      assert.equal(unit, known.get(name)?.unit, name);
    }
  });
});
