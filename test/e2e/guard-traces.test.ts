/** One tool call through both processes, as one trace: what the gateway asks is what the sidecar answers. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf, type ToolResult } from '../harness/tool-result.ts';
import { clientSpan, tracedCall } from '../harness/traced-call.ts';

const publicRead: Script = { result: { content: [], resource: {}, operation: 'read' } };
const hello: Script = { result: { content: [{ type: 'text', text: 'hello' }] } };

const parts = new AsyncDisposableStack();
let otlp: OtlpReceiver;
let backends: ScriptedBackends;
let gateway: RunningGateway;
/** What the tool `get` answers with, in front of the guard that loops or asks; public reads when there are no more. */
const answers: Promise<Script>[] = [];

before(async () => {
  otlp = parts.use(await OtlpReceiver.start());
  backends = parts.use(await ScriptedBackends.start());
  const get = {
    name: 'get',
    annotations: { readOnlyHint: true },
    script: () => answers.shift() ?? publicRead,
  };
  const server = (guard: string) => ({
    type: 'http',
    url: backends.add(`/${guard}`, [get, { name: 'hello', script: hello }]),
    guard,
  });
  gateway = parts.use(
    await RunningGateway.start({
      env: otlp.env,
      guests: {
        'calls-backend-twice': {},
        'loops-or-asks': { limits: { cpuMs: 100, processes: 1 } },
      },
      mcpServers: { twice: server('calls-backend-twice'), loops: server('loops-or-asks') },
    }),
  );
  await gateway.ready();
});
after(() => parts.disposeAsync());

interface Traced {
  readonly traceId: string;
  readonly result: Promise<ToolResult>;
}

function begin(client: Client): Traced {
  const { traceId, traceparent } = clientSpan();
  return { traceId, result: tracedCall(client, 'hello', { meta: { traceparent } }) };
}

/** Its tree, once it is whole. Whether a turn had to wait for others is the machine's to say. */
async function treeOf({ traceId }: Traced, attributes: readonly string[] = []): Promise<string> {
  await otlp.trace(traceId, ({ name, kind }) => kind === 'SERVER' && name === 'tools/call hello');
  return otlp.tree(traceId, attributes).replace(/^ *sidecar INTERNAL guard\.queue\n/gm, '');
}

suite('a call whose guard asks its server twice, and twice again', () => {
  test('is one tree: the gateway’s spans, the sidecar’s in them, and the gateway’s again in those', async () => {
    const client = await gateway.connect('twice');
    await tracedCall(client, 'hello');
    const call = begin(client);
    assert.equal(outcomeOf(await call.result), 'result');
    const asked = [
      '      sidecar INTERNAL guard.run',
      '      sidecar CLIENT call_backend get sluice.guard.backend_call.code=OK',
      '        gateway SERVER call_backend get sluice.guard.backend_call.code=OK',
      '          gateway CLIENT tools/call get',
    ];
    const question = (name: string) => [
      `  gateway CLIENT guard.${name}`,
      `    sidecar SERVER ${name} calls-backend-twice`,
      ...asked,
      ...asked,
      '      sidecar INTERNAL guard.run',
    ];
    const expected = [
      'gateway SERVER tools/call hello',
      ...question('label_resource'),
      '  gateway INTERNAL difc.decide',
      '  gateway CLIENT tools/call hello',
      ...question('label_response'),
      '  gateway INTERNAL difc.filter',
    ];
    assert.equal(await treeOf(call, ['sluice.guard.backend_call.code']), expected.join('\n'));
    const page = await readFile(join(import.meta.dirname, '../../docs/telemetry.md'), 'utf8');
    assert.ok(page.includes(`\n${await treeOf(call)}\n`), 'docs/telemetry.md shows this trace');
  });

  test('reaches the server as the trace of the client, from each of the two processes', async () => {
    const client = await gateway.connect('twice');
    const call = begin(client);
    await call.result;
    await treeOf(call);
    const sent =
      backends.texts.get('/calls-backend-twice')?.filter((text) => text.includes(call.traceId)) ?? [];
    const tools = sent.map((text) => JSON.parse(text).params.name);
    assert.deepEqual(tools, ['get', 'get', 'hello', 'get', 'get']);
    const parents = sent.map((text) => JSON.parse(text).params._meta.traceparent.split('-')[2]);
    const clients = otlp
      .of(call.traceId)
      .filter(({ kind, name }) => kind === 'CLIENT' && name.startsWith('tools/'));
    for (const parent of parents) assert.ok(clients.some(({ spanId }) => spanId === parent));
  });
});

suite('a guard that never returns', () => {
  test('shows as a run that ended with its budget, and its neighbour’s as two', async () => {
    const looping = await gateway.connect('loops', { run: 'loops' });
    const waiting = await gateway.connect('loops', { run: 'waits' });
    const never = Promise.withResolvers<Script>();
    const tool = '/loops-or-asks';
    // The one is in its response, the other in its resource, when the process is killed.
    const first = Promise.withResolvers<Script>();
    answers.push(first.promise, never.promise);
    const killed = begin(looping);
    await backends.called(tool, 'get', 1);
    const neighbour = begin(waiting);
    await backends.called(tool, 'get', 2);
    first.resolve(publicRead);
    assert.equal(outcomeOf(await killed.result), 'failed BUDGET_EXCEEDED');
    assert.equal(outcomeOf(await neighbour.result), 'failed BUDGET_EXCEEDED');
    const names = ['error.type', 'sluice.guard.run'];
    const [killedTree, neighbourTree] = [await treeOf(killed, names), await treeOf(neighbour, names)];
    assert.match(killedTree, /sidecar SERVER label_response loops-or-asks error.type=BUDGET_EXCEEDED !/);
    assert.match(killedTree, /sidecar INTERNAL guard.run error.type=BUDGET_EXCEEDED sluice.guard.run=1 !/);
    assert.match(killedTree, /gateway CLIENT guard.label_response error.type=BUDGET_EXCEEDED !/);
    assert.doesNotMatch(killedTree, /sluice.guard.run=2/);
    const [resource] = neighbourTree.split('difc.decide');
    assert.match(resource ?? '', /guard.run .*sluice.guard.run=1[\s\S]*guard.run .*sluice.guard.run=2/);
    const [reruns] = await otlp.measured('sluice.guard.reruns', (points) =>
      points.some(
        ({ value, attributes }) => value > 0 && attributes['sluice.guard.name'] === 'loops-or-asks',
      ),
    );
    assert.ok(reruns !== undefined);
  });
});
