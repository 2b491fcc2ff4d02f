/** What telemetry must not say: no argument, no result, no tag of private things and no key leaves the house in it. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import * as gatewayNames from '../../gateway/telemetry/attributes.ts';
import { metric as gatewayMetric } from '../../gateway/telemetry/metric.ts';
import * as sidecarNames from '../../sidecar/telemetry/attributes.ts';
import { metric as sidecarMetric } from '../../sidecar/telemetry/metric.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import type { ExportedPoint } from '../harness/otlp/exported.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';
import { clientSpan, tracedCall } from '../harness/traced-call.ts';

const parts = new AsyncDisposableStack();
let otlp: OtlpReceiver;
let gateway: RunningGateway;
let url: string;

/** Each where no other is: what is found says by which way it came. */
const secrets = {
  argument: 'planted-argument',
  name: 'planted-argument-name',
  result: 'planted-result',
  toolError: 'planted-tool-error',
  serverError: 'planted-server-error',
  tag: 'planted-tag',
  agentTag: 'planted-agent-tag',
  key: 'planted-key-0123456789',
  scraperKey: 'planted-scraper-0123456789',
  bearer: 'planted-bearer',
  query: 'planted-query',
  meta: 'planted-meta',
  unknownTool: 'planted-tool',
  method: 'planted/method',
};

const text = (value: string) => ({ content: [{ type: 'text', text: value }] });
const tools = [
  { name: 'hello', script: { result: text(secrets.result) } },
  { name: 'fail', script: { result: { ...text(secrets.toolError), isError: true } } },
  { name: 'break', script: { error: { code: -32000, message: secrets.serverError } } },
];

before(async () => {
  otlp = parts.use(await OtlpReceiver.start());
  const backends = parts.use(await ScriptedBackends.start());
  url = backends.add(`/open?token=${secrets.query}`, tools);
  const headers = { authorization: `Bearer ${secrets.bearer}` };
  const server = (path: string, more: object) => ({
    type: 'http',
    url: backends.add(path, tools),
    headers,
    ...more,
  });
  const guard = (policy: object) => ({ guard: 'scripted', 'guard-policies': policy });
  const agent = { secrecy: [secrets.agentTag] };
  gateway = parts.use(
    await RunningGateway.start({
      env: {
        ...otlp.env,
        OTEL_METRICS_EXPORTER: 'otlp,prometheus',
        OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        PLANTED: secrets.bearer,
      },
      guards: { scripted: scriptedGuard },
      guests: { 'returns-error': {}, 'answers-garbage': {} },
      gateway: { keys: { alice: secrets.key, prometheus: secrets.scraperKey }, scrapers: ['prometheus'] },
      mcpServers: {
        open: { type: 'http', url, headers },
        denied: server('/denied', guard(script({ mode: 'strict', resource: { secrecy: [secrets.tag] } }))),
        tainting: server(
          '/tainting',
          guard(script({ agent, mode: 'propagate', resource: { secrecy: [secrets.tag] } })),
        ),
        erring: server('/erring', { guard: 'returns-error' }),
        garbled: server('/garbled', { guard: 'answers-garbage' }),
      },
    }),
  );
});
after(() => parts.disposeAsync());

suite('no span, event, resource or metric holds', () => {
  test('anything of what was planted in calls that pass, are denied, and fail', async () => {
    const outcomes = new Set<string>();
    for (const server of ['open', 'denied', 'tainting', 'erring', 'garbled']) {
      const client = await gateway.connect(server, { key: secrets.key });
      for (const tool of ['hello', 'fail', 'break', secrets.unknownTool]) {
        const args = { [secrets.name]: secrets.argument };
        const called = tracedCall(client, tool, {
          args,
          meta: { baggage: `a=${secrets.meta}`, more: secrets.meta },
        });
        outcomes.add(await called.then(outcomeOf, () => 'error'));
      }
      const unknown = { method: secrets.method, params: {} };
      await client.request(unknown, ResultSchema).catch(() => undefined);
    }
    const last = clientSpan();
    const client = await gateway.connect('open', { key: secrets.key });
    await tracedCall(client, 'hello', { meta: { traceparent: last.traceparent } });
    await otlp.span(({ traceId, kind }) => traceId === last.traceId && kind === 'SERVER');
    // All kinds of ends were met, so that this could fail.
    assert.ok(outcomes.has('result') && outcomes.has('error'), [...outcomes].join());
    assert.ok(
      outcomes.has('denied READ_SECRECY') && outcomes.has('failed GUARD_ERROR'),
      [...outcomes].join(),
    );
    // The metrics of those calls have arrived, too, those of either process.
    const outcomesSent = (points: readonly ExportedPoint[]) =>
      new Set(points.map(({ attributes }) => attributes['sluice.difc.outcome'])).size;
    await otlp.measured('sluice.difc.decisions', (points) => outcomesSent(points) === 3);
    await otlp.measured('sluice.guard.labeling.duration', (points) => points.length > 0);
    expectNone(Buffer.concat(otlp.bodies));
  });

  test('or of what either process says at `/metrics`', async () => {
    const authorization = `Bearer ${secrets.scraperKey}`;
    const gateways = await fetch(`${gateway.url}/metrics`, { headers: { authorization } });
    await gateway.logged('sidecar serves metrics');
    const [, address] = /"metricsAddress":"([^"]+)"/.exec(gateway.log) ?? [];
    const sidecars = await fetch(`http://${address}/metrics`);
    for (const [response, name] of [
      [gateways, 'sluice_difc_decisions_total'],
      [sidecars, 'sluice_guard_labeling_duration_count'],
    ] as const) {
      const said = await response.text();
      assert.ok(said.includes(name), said);
      expectNone(Buffer.from(said));
      // Whom an agent session belongs to is in spans only: how much was withheld from whom is nobody else's business.
      assert.ok(!said.includes('alice'));
    }
  });
});

suite('every span, attribute and metric', () => {
  test('that was sent has a name of the lists', () => {
    const lists = { 'sluice-gateway': gatewayNames, 'sluice-sidecar': sidecarNames };
    const metrics = [...Object.values(gatewayMetric), ...Object.values(sidecarMetric)];
    const names = new Set<string>(metrics.map(({ name }) => name));
    for (const { name } of otlp.metrics) assert.ok(names.has(name), name);
    for (const { service, name, attributes } of otlp.spans) {
      const { attribute, spanName } = Object(lists)[service];
      const known = Object.values(attribute);
      for (const key of Object.keys(attributes)) assert.ok(known.includes(key), `${key} of ${name}`);
      const [first = ''] = name.split(' ');
      const isMethod = first.includes('/') || ['initialize', 'ping', '_OTHER'].includes(first);
      const isQuestion = first.startsWith('label_') && service === 'sluice-sidecar';
      assert.ok(Object.values(spanName).includes(first) || isMethod || isQuestion, name);
    }
  });
});

function expectNone(all: Buffer): void {
  for (const [way, secret] of Object.entries(secrets))
    assert.ok(!all.includes(secret), `${way}: ${contextOf(all, secret)}`);
}

/** What stands around it, to find where it came from. */
function contextOf(all: Buffer, secret: string): string {
  const at = all.indexOf(secret);
  return all
    .subarray(Math.max(0, at - 120), at + 120)
    .toString('latin1')
    .replace(/[^ -~]+/g, ' ');
}
