/** Approvals by a person whom a server asks through the agent's client, in both eras of MCP. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { nodeServer, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { handMadeModern, type ModernScene } from '../harness/hand-made-modern.ts';
import { ModernClient } from '../harness/modern-client.ts';
import { RecordingClient } from '../harness/recording-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { callTool, outcomeOf, textOf } from '../harness/tool-result.ts';

const everything = join(
  import.meta.dirname,
  '../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
);
const sink = { 'guard-policies': { 'write-sink': { accept: ['house'], 'sink-visibility': 'private' } } };
const scripted = (policy: object) => ({ guard: 'scripted', 'guard-policies': policy });

/** A server of 2026-07-28 that asks whoever calls it, and says what the answer was. */
const asking: ModernScene = ({ method, params }) => {
  if (method !== 'tools/call') return undefined;
  const { ok } = Object(params.inputResponses);
  if (ok !== undefined) return { content: [], structuredContent: { approved: ok.action === 'accept' } };
  const request = {
    method: 'elicitation/create',
    params: { message: 'May it?', requestedSchema: { type: 'object', properties: {} } },
  };
  return { resultType: 'input_required', inputRequests: { ok: request }, requestState: 's' };
};

const parts = new AsyncDisposableStack();
let gateway: RunningGateway;
before(async () => {
  const backends = parts.use(await ScriptedBackends.start());
  const modern = parts.use(await handMadeModern(asking));
  const tools = ['get', 'put'].map((name) => ({ name, script: { result: { content: [] } } }));
  const made = (name: string) => ({ type: 'http', url: backends.add(`/${name}`, tools) });
  const legacyRule = {
    tool: 'trigger-elicitation-request',
    result: { '/content/0/text': '✅ User provided the requested information!' },
  };
  const modernRule = { tool: 'do', result: { '/structuredContent/approved': true } };
  const rule = (server: string, after: object) => ({
    name: server,
    principals: ['anonymous'],
    after: { server, ...after, clientAnswers: server.startsWith('trusting') },
    secrecy: { drop: ['house'] },
  });
  const approving = ['trusting', 'wary'];
  gateway = parts.use(
    await RunningGateway.start({
      gateway: {
        privileges: approving.flatMap((name) => [
          rule(`${name}-legacy`, legacyRule),
          rule(`${name}-modern`, modernRule),
        ]),
      },
      guards: { scripted: scriptedGuard },
      mcpServers: {
        secrets: {
          ...made('secrets'),
          ...scripted(script({ mode: 'propagate', resource: { secrecy: ['house'] } })),
        },
        letters: { ...made('letters'), ...scripted(script({ operation: 'write' })) },
        'trusting-legacy': { ...nodeServer(everything), ...sink },
        'wary-legacy': { ...nodeServer(everything), ...sink },
        'trusting-modern': { type: 'http', url: modern.url, ...sink },
        'wary-modern': { type: 'http', url: modern.url, ...sink },
      },
    }),
  );
  await gateway.ready();
});
after(() => parts.disposeAsync());

const mayWrite = async (run: string) => outcomeOf(await gateway.call('letters', 'put', { run }));

async function tainted(run: string): Promise<void> {
  await gateway.call('secrets', 'get', { run });
  assert.equal(await mayWrite(run), 'denied WRITE_SECRECY');
}

const toolOf = (server: string) => (server.endsWith('legacy') ? 'trigger-elicitation-request' : 'do');

/** Has a server ask a person, who answers with an action, through a client with a session. */
async function ask(server: string, run: string, action: string): Promise<string> {
  await using recording = await RecordingClient.open({
    url: `${gateway.url}/mcp/${server}`,
    run,
    capabilities: { elicitation: {} },
    answer: async () => ({ action, ...(action === 'accept' && { content: { name: 'Ada', check: true } }) }),
  });
  const result = await callTool(recording.client, toolOf(server));
  return textOf(result) + JSON.stringify(result.structuredContent);
}

for (const era of ['legacy', 'modern']) {
  suite(`a person who is asked by a ${era} server`, () => {
    test('drops the tag by accepting, where the operator trusts the client', async () => {
      await tainted(`accepts-${era}`);
      assert.match(await ask(`trusting-${era}`, `accepts-${era}`, 'accept'), /✅|true/);
      assert.equal(await mayWrite(`accepts-${era}`), 'result');
    });

    test('drops nothing by declining', async () => {
      await tainted(`declines-${era}`);
      await ask(`trusting-${era}`, `declines-${era}`, 'decline');
      assert.equal(await mayWrite(`declines-${era}`), 'denied WRITE_SECRECY');
    });

    test('drops nothing by accepting, where the operator does not trust the client', async () => {
      await tainted(`wary-${era}`);
      assert.match(await ask(`wary-${era}`, `wary-${era}`, 'accept'), /✅|true/);
      assert.equal(await mayWrite(`wary-${era}`), 'denied WRITE_SECRECY');
      await gateway.logged(`"server":"wary-${era}","tool":"${toolOf(era)}","reason":"PRIVILEGE_CLIENT"`);
    });
  });
}

suite('a person who is asked through a client without sessions', () => {
  for (const [server, expected] of [
    ['trusting-modern', 'result'],
    ['wary-modern', 'denied WRITE_SECRECY'],
  ] as const)
    test(`has answered a ${server} server: ${expected}`, async () => {
      const run = `sessionless-${server}`;
      await tainted(run);
      const client = new ModernClient(`${gateway.url}/mcp/${server}`, { run });
      const first = await client.call('do', {}, { asking: { capabilities: { elicitation: {} } } });
      assert.equal(first?.resultType, 'input_required');
      assert.equal(await mayWrite(run), 'denied WRITE_SECRECY');
      const more = { inputResponses: { ok: { action: 'accept', content: {} } }, requestState: 's' };
      await client.call('do', {}, { asking: { capabilities: { elicitation: {} } }, more });
      assert.equal(await mayWrite(run), expected);
    });
});
