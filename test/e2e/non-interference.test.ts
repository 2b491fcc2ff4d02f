/** Non-interference through a real gateway, sidecar and guard, for a handful of generated pairs of worlds. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import type { Labels } from '../../gateway/monitor/labels.ts';
import type { ResponseLabels } from '../../gateway/response/response-labels.ts';
import { scriptedGuard } from '../harness/gateway-parts.ts';
import { seed } from '../harness/property.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { areAlike, labelsOf, resultOf, twoWorldsOf, type World } from '../laws/arbitrary-worlds.ts';
import { rawRequest } from './raw-request.ts';

const agent: Labels = { secrecy: new Set(['a', 'b']), integrity: new Set(['c']) };
const pairs = fc.sample(
  twoWorldsOf(fc.constant(agent)).filter(
    ([one, other]) => areAlike(one, other) && resultOf(one) !== resultOf(other),
  ),
  { seed, numRuns: 16 },
);

let backends: ScriptedBackends;
let gateway: RunningGateway;

before(async () => {
  backends = await ScriptedBackends.start();
  const servers = pairs.flatMap((worlds, pair) =>
    worlds.map((world, index) => [`world-${pair}-${index}`, server(`/${pair}-${index}`, world)] as const),
  );
  gateway = await RunningGateway.start({
    gateway: { notice: 'quiet' },
    guards: { scripted: scriptedGuard },
    mcpServers: Object.fromEntries(servers),
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

suite('servers that differ only in what an agent may not read', () => {
  for (const [pair, [one]] of pairs.entries()) {
    const { call, shape } = one;
    test(`give it the very same bytes (${pair}: ${call.mode}, ${call.operation}, ${shape.where}, ${shape.form})`, async (t) => {
      t.diagnostic(`seed ${seed}`);
      const answer = await answerOf(`world-${pair}-0`, call.tool);
      assert.match(answer, /"content":/);
      assert.doesNotMatch(answer, /"sluice.dev\/outcome":"failed"/);
      assert.equal(answer, await answerOf(`world-${pair}-1`, call.tool));
    });
  }
});

function server(path: string, world: World): object {
  const { mode, operation, resource, tool } = world.call;
  const policy = {
    labelAgent: JSON.stringify({ agent: listed(agent), difc_mode: mode }),
    labelResource: JSON.stringify({ resource: listed(resource), operation }),
    labelResponse: spoken(labelsOf(world)),
  };
  const url = backends.add(path, [{ name: tool, script: { json: resultOf(world) } }]);
  return { type: 'http', url, guard: 'scripted', 'guard-policies': policy };
}

/** The answer to a call in an agent session of its own, as it stands in the body. */
async function answerOf(name: string, tool: string): Promise<string> {
  const headers = { 'sluice-run': name };
  const request = { path: `/mcp/${name}`, headers };
  const clientInfo = { name: 'test', version: '1' };
  const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const opened = await rawRequest(gateway.port, { ...request, body: rpc('initialize', hello) });
  const { body } = await rawRequest(gateway.port, {
    ...request,
    headers: { ...headers, 'mcp-session-id': String(opened.headers['mcp-session-id']) },
    body: rpc('tools/call', { name: tool, arguments: {} }),
  });
  return /\{"jsonrpc".*/.exec(body)?.[0] ?? body;
}

function rpc(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

/** A guard's answer as it writes it: what it echoes keeps its digits. */
function spoken(labels: ResponseLabels): string {
  switch (labels.kind) {
    case 'none':
      return '';
    case 'items': {
      const items = labels.entries.map(
        ({ data, labels: own }) => `{"data":${data},"labels":${JSON.stringify(own && listed(own))}}`,
      );
      return `{"items":[${items.join(',')}]}`;
    }
    case 'paths': {
      const entries = labels.entries.map(({ path, labels: own }) => ({ path, labels: own && listed(own) }));
      return JSON.stringify({ labeled_paths: entries, items_path: labels.itemsPath });
    }
  }
}

function listed({ secrecy, integrity }: Labels) {
  return { secrecy: [...secrecy], integrity: [...integrity] };
}
