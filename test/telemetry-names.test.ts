/** The names that operators' queries are made of: listed once in each process, pinned here, and written down. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import * as gateway from '../gateway/telemetry/attributes.ts';
import { metric as gatewayMetric } from '../gateway/telemetry/metric.ts';
import * as sidecar from '../sidecar/telemetry/attributes.ts';
import { metric as sidecarMetric } from '../sidecar/telemetry/metric.ts';

const root = join(import.meta.dirname, '..');
const page = await readFile(join(root, 'docs', 'telemetry.md'), 'utf8');

/** Beside the lists themselves. */
const sources = await Promise.all(
  globSync('{gateway,sidecar}/**/*.ts', { cwd: root })
    .filter((path) => !/telemetry\/(attributes|metric)\.ts$/.test(path))
    .map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
);

/** A text that begins as attributes and metrics do, and is neither a member of `_meta` nor a part of the protocol. */
const ownName =
  /['"`](?:sluice\.(?!dev\b|labeler\b|admin\b)|(?:mcp|gen_ai|rpc|jsonrpc|network)\.[a-z]|error\.type|server\.(?:address|port))/;

/** A span or an instrument that is named on the spot. */
const namedOnTheSpot =
  /(?:inSpan|whileInSpan|startSpan|startActiveSpan|updateName|setAttribute|create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram))\(\s*['"`](?!\$\{)/;

suite('the names of spans and attributes', () => {
  test('are these in the gateway: queries of others depend on them', () => {
    assert.deepEqual(Object.values(gateway.attribute).sort(), [
      'error.type',
      'gen_ai.operation.name',
      'gen_ai.tool.name',
      'jsonrpc.request.id',
      'mcp.method.name',
      'mcp.protocol.version',
      'mcp.session.id',
      'network.protocol.name',
      'network.transport',
      'rpc.method',
      'rpc.system.name',
      'server.address',
      'server.port',
      'sluice.difc.items_withheld',
      'sluice.difc.mode',
      'sluice.difc.operation',
      'sluice.difc.outcome',
      'sluice.difc.principal',
      'sluice.difc.reason',
      'sluice.difc.tainted',
      'sluice.difc.withheld_by',
      'sluice.guard.backend_call.code',
      'sluice.guard.digest',
      'sluice.guard.name',
      'sluice.guard.question',
      'sluice.privilege.name',
      'sluice.server.name',
      'sluice.server.state',
    ]);
    assert.deepEqual(Object.values(gateway.spanName).sort(), [
      'call_backend',
      'difc.decide',
      'difc.filter',
      'guard.label_agent',
      'guard.label_resource',
      'guard.label_response',
    ]);
  });

  test('are these in the sidecar', () => {
    assert.deepEqual(Object.values(sidecar.attribute).sort(), [
      'error.type',
      'gen_ai.tool.name',
      'rpc.method',
      'rpc.response.status_code',
      'rpc.system.name',
      'sluice.guard.backend_call.code',
      'sluice.guard.digest',
      'sluice.guard.instance.state',
      'sluice.guard.name',
      'sluice.guard.process.pid',
      'sluice.guard.process.role',
      'sluice.guard.question',
      'sluice.guard.run',
      'sluice.guard.state',
      'sluice.guard.turn.cpu_ms',
      'sluice.guard.turn.end',
    ]);
    assert.deepEqual(Object.values(sidecar.spanName).sort(), [
      'call_backend',
      'guard.prime',
      'guard.process',
      'guard.queue',
      'guard.run',
    ]);
  });

  test('come from the lists: no source spells one', () => {
    const spelled = sources.flatMap(({ path, text }) =>
      [ownName, namedOnTheSpot].flatMap((pattern) => {
        const found = pattern.exec(text);
        return found === null ? [] : [`${path}: ${text.slice(found.index, found.index + 60)}`];
      }),
    );
    assert.deepEqual(spelled, []);
  });

  for (const example of [
    "span.setAttribute('own', 1)",
    'attributes: { "sluice.difc.more": 1 }',
    'inSpan(`guard.more`, work)',
    "meter.createCounter('calls')",
  ])
    test(`would be found here: ${example}`, () =>
      assert.ok(ownName.test(example) || namedOnTheSpot.test(example)));

  test('are used: none of the lists is a promise that nobody keeps', () => {
    for (const [folder, { attribute, spanName }] of Object.entries({ gateway, sidecar })) {
      const used = sources.flatMap(({ path, text }) => (path.startsWith(`${folder}/`) ? [text] : [])).join();
      for (const key of Object.keys(attribute)) assert.match(used, new RegExp(`attribute\\.${key}\\b`));
      for (const key of Object.keys(spanName)) assert.match(used, new RegExp(`spanName\\.${key}\\b`));
    }
  });
});

/** What stands in backquotes below a heading of the page. */
function wordsBelow(...headings: readonly string[]): Set<string> {
  const sections = page
    .split(/^## /m)
    .filter((section) => headings.includes(section.split('\n', 1)[0] ?? ''));
  assert.equal(sections.length, headings.length);
  return new Set(
    sections.flatMap((section) => [...section.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)),
  );
}

const isDotted = (word: string) =>
  /^(?:sluice|mcp|gen_ai|rpc|jsonrpc|network|error|server)\.[a-z_.]+$/.test(word);

suite('docs/telemetry.md has', () => {
  const processes = [
    { name: 'gateway', lists: gateway, metrics: Object.values(gatewayMetric) },
    { name: 'sidecar', lists: sidecar, metrics: Object.values(sidecarMetric) },
  ];
  for (const { name, lists, metrics } of processes)
    test(`every attribute, span and metric of the ${name}, and no others`, () => {
      const words = wordsBelow(`The ${name}'s spans`, `The ${name}'s metrics`);
      const known = [...Object.values(lists.attribute), ...metrics.map((metric) => metric.name)];
      assert.deepEqual([...words].filter(isDotted).sort(), [...new Set(known)].sort());
      for (const span of Object.values(lists.spanName))
        assert.ok(
          [...words].some((word) => word === span || word.startsWith(`${span} `)),
          span,
        );
    });
});
