/** The dashboard and the alerts of examples/observability, against what a real gateway and its sidecar export. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { attribute as gatewayAttribute } from '../../gateway/telemetry/attributes.ts';
import { metric as gatewayMetric } from '../../gateway/telemetry/metric.ts';
import { attribute as sidecarAttribute } from '../../sidecar/telemetry/attributes.ts';
import { metric as sidecarMetric } from '../../sidecar/telemetry/metric.ts';
import { finishedCommand } from '../harness/finished-command.ts';
import { nodeServer, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { labelName, namesInQuery, prometheusNames, type Spelling } from '../harness/prometheus-names.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScrapedMetrics } from '../harness/scraped-metrics.ts';
import { callTool } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; type: string; definition?: string }[] };
}

const folder = join(import.meta.dirname, '..', '..', 'examples', 'observability');
const dashboard: Dashboard = JSON.parse(await readFile(join(folder, 'dashboard.json'), 'utf8'));
const alerts = await readFile(join(folder, 'alerts.yaml'), 'utf8');
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const lists = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
const rules = [...alerts.matchAll(/expr: (?:\|\n((?: {10}.*\n)+)|(.*))/g)].map(
  ([, block, line]) => block ?? line ?? '',
);
const tables = [...Object.values(gatewayMetric), ...Object.values(sidecarMetric)];
const attributes = [...Object.values(gatewayAttribute), ...Object.values(sidecarAttribute)];

const toldServer = nodeServer(join(import.meta.dirname, '..', 'harness', 'told-server.ts'), '{}');

/** There is nothing to export of these before something has happened that a test of names has no need to bring about. */
const onOccasion: readonly string[] = [
  gatewayMetric.privilegeUses.name,
  gatewayMetric.breakerOpen.name,
  gatewayMetric.guardRead.name,
  sidecarMetric.queueDuration.name,
  sidecarMetric.backendCallDuration.name,
];

/** The metrics that a name, or a pattern of names, is about. */
function metricsNamed(pattern: string, spelling: Spelling): string[] {
  const whole = new RegExp(`^(?:${pattern})$`);
  return tables
    .filter((each) => prometheusNames(each, spelling).some((name) => whole.test(name)))
    .map(({ name }) => name);
}

const promtool = spawnSync('promtool', ['--version']).status === 0;
const withPromtool = {
  skip: promtool ? false : 'NOT TESTED: promtool is missing; it comes with the package prometheus',
};

suite('the dashboard and the alerts', () => {
  const asked = [...queries, ...lists, ...rules].map((query) => ({ query, ...namesInQuery(query) }));

  for (const spelling of ['collected', 'scraped'] as const)
    test(`name metrics that there are, as they are ${spelling}`, () => {
      for (const { query, metrics } of asked) {
        assert.ok(metrics.length > 0, query);
        for (const name of metrics) assert.ok(metricsNamed(name, spelling).length > 0, `${name} in ${query}`);
      }
    });

  test('name attributes that there are', () => {
    const known = new Set(['le', ...attributes.map(labelName)]);
    for (const { query, labels } of asked)
      assert.deepEqual(
        labels.filter((label) => !known.has(label)),
        [],
        query,
      );
  });

  test('leave out no metric: what nobody looks at need not be measured', () => {
    const used = new Set(
      asked.flatMap(({ metrics }) => metrics.flatMap((name) => metricsNamed(name, 'collected'))),
    );
    assert.deepEqual(
      tables.map(({ name }) => name).filter((name) => !used.has(name)),
      [],
    );
  });
});

suite('what a gateway and its sidecar export', () => {
  let otlp: OtlpReceiver;
  let gateway: RunningGateway;
  before(async () => {
    otlp = await OtlpReceiver.start();
    const lists = { labeled_paths: [{ path: '/1', labels: { secrecy: ['board'] } }], items_path: '' };
    gateway = await RunningGateway.start({
      gateway: { audit: { file: join(await temporaryFolder(), 'trail.jsonl') } },
      guards: { scripted: scriptedGuard },
      mcpServers: {
        lists: { ...toldServer, guard: 'scripted', 'guard-policies': script({ response: lists }) },
      },
      env: { ...otlp.env, OTEL_METRICS_EXPORTER: 'otlp,prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await otlp[Symbol.asyncDispose]();
  });

  test('has every metric of the dashboard, the occasional ones aside', async () => {
    const text = JSON.stringify([{ a: 1 }, { a: 2 }]);
    const result = { content: [{ type: 'text', text }] };
    const args = { lines: [`{"jsonrpc":"2.0","id":$ID,"result":${JSON.stringify(result)}}`], isSilent: true };
    const client = await gateway.connect('lists');
    await callTool(client, 'say', args);
    await Object(client).transport.terminateSession();
    const wanted = tables.map(({ name }) => name).filter((name) => !onOccasion.includes(name));
    for (const name of wanted) await otlp.measured(name, (points) => points.length > 0);
    for (const { name, unit } of otlp.metrics)
      assert.equal(unit, tables.find((each) => each.name === name)?.unit, name);
  });

  test('has the names at /metrics that the dashboard expects there', async () => {
    const known = new Set(tables.flatMap((each) => prometheusNames(each, 'scraped')));
    const { samples } = await ScrapedMetrics.of(gateway.url);
    const others = samples
      .map(({ name }) => name)
      .filter((name) => !known.has(name) && name !== 'target_info');
    assert.deepEqual(others, []);
  });
});

suite('the dashboard is what Grafana takes', () => {
  const shown = dashboard.panels.filter(({ type }) => type !== 'row');

  test('a classic model with ids that are unique, and panels that do not lie over each other', () => {
    assert.ok(dashboard.schemaVersion >= 36 && dashboard.uid !== '' && dashboard.title !== '');
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
    const places = dashboard.panels.map(({ gridPos }) => gridPos);
    for (const [index, a] of places.entries()) {
      assert.ok(a.x >= 0 && a.w > 0 && a.h > 0 && a.x + a.w <= 24);
      for (const b of places.slice(index + 1))
        assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
    }
  });

  test('panels say what they show, and ask the data source that is chosen', () => {
    for (const { title, description = '', targets = [] } of shown) {
      assert.ok(title !== '' && description !== '' && targets.length > 0, title);
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
      for (const { datasource } of targets) assert.equal(datasource.uid, '$' + '{datasource}');
    }
  });

  test('only variables are used that there are', () => {
    const known = new Set([
      '__rate_interval',
      'datasource',
      ...dashboard.templating.list.map(({ name }) => name),
    ]);
    for (const query of queries)
      for (const [, name = ''] of query.matchAll(/\$\{?(\w+)/g))
        assert.ok(known.has(name), `$${name} in ${query}`);
  });

  test('its queries are PromQL', withPromtool, async () => {
    const path = join(await temporaryFolder(), 'queries.yaml');
    const record = queries.map((query, index) => ({
      record: `query_${index}`,
      expr: withoutVariables(query),
    }));
    // JSON is YAML.
    await writeFile(path, JSON.stringify({ groups: [{ name: 'dashboard', rules: record }] }));
    const { exitCode, stdout, stderr } = await finishedCommand('promtool', ['check', 'rules', path]);
    assert.equal(exitCode, 0, stdout + stderr);
  });
});

suite('the alerts', () => {
  test('are rules that Prometheus takes', withPromtool, async () => {
    const { exitCode, stdout, stderr } = await finishedCommand('promtool', [
      'check',
      'rules',
      join(folder, 'alerts.yaml'),
    ]);
    assert.equal(exitCode, 0, stdout + stderr);
  });

  test('each fires when it should, and not before', withPromtool, async () => {
    const file = join(folder, 'alerts-test.yaml');
    const { exitCode, stdout, stderr } = await finishedCommand('promtool', ['test', 'rules', file]);
    assert.equal(exitCode, 0, stdout + stderr);
    const tested = new Set((await readFile(file, 'utf8')).match(/(?<=alertname: )\w+/g));
    assert.deepEqual([...tested].sort(), (alerts.match(/(?<=alert: )\w+/g) ?? []).sort());
  });

  test('each says why it matters and what to do', () => {
    const count = (word: string) => alerts.split(word).length - 1;
    for (const part of ['summary: "', 'why: "', 'what_to_do: "', 'severity: '])
      assert.equal(count(part), rules.length, part);
  });
});

function withoutVariables(query: string): string {
  return query.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*');
}
