import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LinkRequest } from '../../../gateway/backend/server-link.ts';
import type { PrivilegeConfig } from '../../../gateway/config/gateway-config.ts';
import { Privileges, type PrivilegeUse } from '../../../gateway/privilege/privileges.ts';
import { expectToolCall } from '../../../gateway/relay/client-params.ts';
import { ToolCaller } from '../../../gateway/relay/tool-caller.ts';
import { labels } from '../granting-server.ts';
import { FixedLink } from '../relay/fixed-link.ts';
import { caller, JudgingServer, judgingFor, resource } from '../relay/judging-server.ts';
import { silentLog } from '../silent-log.ts';

const never = new AbortController().signal;
const rule: PrivilegeConfig = {
  name: 'rule',
  principals: ['alice'],
  server: 'server',
  tool: 'ask',
  args: {},
  result: [],
  clientAnswers: false,
  drop: ['house', 'garden', 'never had'],
  add: ['vouched'],
  uses: undefined,
  durationMs: undefined,
};

/** A server whose tool is called, and what happens while it is. */
class MeanwhileLink extends FixedLink {
  meanwhile: () => unknown = () => undefined;
  afterwards = () => {};

  override async request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    if (request.method === 'tools/call') await this.meanwhile();
    const result = await super.request(request, signal);
    if (request.method === 'tools/call') this.afterwards();
    return result;
  }
}

/** An agent that carries something, in front of a tool that may be asked. */
function stage(...rules: readonly PrivilegeConfig[]) {
  const uses: PrivilegeUse[] = [];
  const server = new JudgingServer({ labelResource: async () => resource(labels(), 'read') });
  const { agents, judging, judge } = judgingFor(server);
  const privileges = new Privileges(rules, { log: silentLog, used: (use) => uses.push(use) });
  const tools = new ToolCaller(agents, { ...judging, privileges });
  const agent = agents.find(caller.principal, caller.run);
  assert.ok(agent);
  agent.receive(agent.labels, labels(['house', 'garden', 'yard']));
  const link = new MeanwhileLink({
    'tools/list': JSON.stringify({ tools: [{ name: 'ask' }] }),
    'tools/call': '{"content":[]}',
  });
  const ask = (params = '{"name":"ask"}', signal = never) =>
    tools.call(server, { method: 'tools/call', caller, link, ...expectToolCall(params) }, signal);
  return { agent, ask, judge, link, server, uses };
}

suite('a use of a privilege', () => {
  test('is told with all that an audit trail has to know', async () => {
    const { agent, ask, uses } = stage({ ...rule, durationMs: 60_000 });
    const before = agent.labels;
    await ask();
    assert.deepEqual(uses, [
      {
        privilege: 'rule',
        principal: 'alice',
        run: '1',
        server: 'server',
        tool: 'ask',
        dropped: ['garden', 'house'],
        added: ['vouched'],
        kept: [],
        before,
        after: labels(['yard'], ['vouched']),
        durationMs: 60_000,
      },
    ]);
  });

  test('keeps what was delivered meanwhile, and tells it', async () => {
    const { agent, ask, link, uses } = stage(rule);
    link.meanwhile = () => agent.noteDelivery(labels(['house']));
    await ask();
    assert.deepEqual(uses[0]?.dropped, ['garden']);
    assert.deepEqual(uses[0]?.added, []);
    assert.deepEqual(uses[0]?.kept, ['house']);
    assert.deepEqual(agent.labels, labels(['house', 'yard']));
  });

  test('is made by every rule that the call is meant for, and by no other', async () => {
    const rules = [
      { ...rule, drop: ['house'], add: [] },
      { ...rule, name: 'second', drop: ['garden'], add: [] },
      { ...rule, name: 'of others', principals: ['mallory'], drop: ['yard'], add: [] },
      { ...rule, name: 'of another server', server: 'other', drop: ['yard'], add: [] },
      { ...rule, name: 'of another tool', tool: 'other', drop: ['yard'], add: [] },
    ];
    const { agent, ask, uses } = stage(...rules);
    await ask();
    assert.deepEqual(
      uses.map(({ privilege }) => privilege),
      ['rule', 'second'],
    );
    assert.deepEqual(agent.labels, labels(['yard']));
  });

  test('is not made when the client has said anything to the server meanwhile, unless that counts', async () => {
    for (const clientAnswers of [false, true]) {
      const { ask, judge, link, server, uses } = stage({ ...rule, clientAnswers });
      const message = { name: 'elicitation/create/response', params: '{"action":"accept"}' };
      link.meanwhile = () => judge.writable(server, { message, caller }, never);
      await ask();
      assert.equal(uses.length, clientAnswers ? 1 : 0);
    }
  });

  test('is not made when the client has answered what the server asked before it was called again', async () => {
    const { ask, uses } = stage(rule);
    await ask('{"name":"ask","inputResponses":{"a":{"action":"accept"}},"requestState":"s"}');
    assert.equal(uses.length, 0);
  });

  test('is not made for a call that was cancelled', async () => {
    const { ask, link, uses } = stage(rule);
    const ending = new AbortController();
    link.afterwards = () => ending.abort();
    await ask('{"name":"ask"}', ending.signal);
    assert.equal(uses.length, 0);
  });

  test('is not made where there is no rule', async () => {
    const { agent, ask, uses } = stage();
    await ask();
    assert.equal(uses.length, 0);
    assert.deepEqual(agent.labels, labels(['house', 'garden', 'yard']));
  });
});
