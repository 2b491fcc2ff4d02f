/** How an agent loses secrecy and gains integrity, and what was on its way meanwhile. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AgentSession } from '../../../gateway/agent/agent-session.ts';
import { GrantingServer, labels } from '../granting-server.ts';

const server = new GrantingServer('approvals');
const wanted = { drop: new Set(['house']), add: new Set<string>() };
const rule = { name: 'rule' };

function tainted(...tags: string[]): AgentSession {
  const agent = new AgentSession('somebody', []);
  agent.receive(agent.labels, labels(tags));
  return agent;
}

/** The agent reads something with these labels, as the answer of `call`. */
function read(agent: AgentSession, call: object, secrecy: readonly string[]): void {
  agent.receive(agent.labels, agent.labels, { call, labels: () => labels(secrecy) });
}

suite('an agent that uses a privilege', () => {
  test('loses what the rule drops, and keeps all else', () => {
    const agent = tainted('house', 'garden');
    using watch = agent.watch({}, server);
    assert.deepEqual(agent.usePrivilege(rule, wanted, watch), { drop: new Set(['house']), add: new Set() });
    assert.deepEqual(agent.labels, labels(['garden']));
  });

  test('keeps what it was given while the tool was called, though it carried that before, too', () => {
    const agent = tainted('house');
    using watch = agent.watch({}, server);
    read(agent, {}, ['house']);
    assert.equal(agent.usePrivilege(rule, wanted, watch), undefined);
    assert.deepEqual(agent.labels, labels(['house']));
  });

  test('keeps what was judged before the tool was called, and not handed out yet', () => {
    const agent = tainted('house');
    const other = {};
    using _ = agent.handOut(other);
    read(agent, other, ['house']);
    using watch = agent.watch({}, server);
    assert.equal(agent.usePrivilege(rule, wanted, watch), undefined);
  });

  test('is not kept from it by what was handed out before, nor by the answer of the call itself', () => {
    const agent = tainted('house');
    const [other, own] = [{}, {}];
    {
      using _ = agent.handOut(other);
      read(agent, other, ['house']);
    }
    using _ = agent.handOut(own);
    using watch = agent.watch(own, server);
    read(agent, own, ['house']);
    assert.notEqual(agent.usePrivilege(rule, wanted, watch), undefined);
  });

  test('is kept from it by what says nothing of what it carries', () => {
    const agent = tainted('house');
    using watch = agent.watch({}, server);
    agent.receive(agent.labels, agent.labels);
    assert.equal(agent.usePrivilege(rule, wanted, watch), undefined);
  });

  test('is tainted anew by what it reads afterwards', () => {
    const agent = tainted('house');
    using watch = agent.watch({}, server);
    agent.usePrivilege(rule, wanted, watch);
    agent.receive(agent.labels, labels(['house']));
    assert.deepEqual(agent.labels, labels(['house']));
  });

  test('may use it so many times, and a use that changes nothing is none', () => {
    const agent = tainted();
    using watch = agent.watch({}, server);
    const use = () => agent.usePrivilege({ ...rule, uses: 1 }, wanted, watch);
    assert.equal(use(), undefined);
    agent.receive(agent.labels, labels(['house']), { labels: () => labels() });
    assert.notEqual(use(), undefined);
    agent.receive(agent.labels, labels(['house']), { labels: () => labels() });
    assert.equal(use(), undefined);
    assert.deepEqual(agent.labels, labels(['house']));
  });

  test('is what it would be without it when the time is over', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const agent = tainted('house');
    using watch = agent.watch({}, server);
    const terms = { ...rule, durationMs: 5_000 };
    agent.usePrivilege(terms, { ...wanted, add: new Set(['vouched']) }, watch);
    agent.receive(agent.labels, labels(['garden'], ['vouched']));
    t.mock.timers.tick(4_999);
    assert.deepEqual(agent.labels, labels(['garden'], ['vouched']));
    t.mock.timers.tick(1);
    assert.deepEqual(agent.labels, labels(['garden', 'house']));
  });

  test('does not, once its session has ended', () => {
    const agent = tainted('house');
    using watch = agent.watch({}, server);
    agent[Symbol.dispose]();
    assert.equal(agent.usePrivilege(rule, wanted, watch), undefined);
  });

  test('gains no integrity for what was delivered meanwhile and has none', () => {
    const agent = tainted();
    const endorse = { drop: new Set<string>(), add: new Set(['vouched']) };
    using watch = agent.watch({}, server);
    agent.noteDelivery(labels());
    assert.equal(agent.usePrivilege(rule, endorse, watch), undefined);
    using later = agent.watch({}, server);
    agent.usePrivilege(rule, endorse, later);
    assert.deepEqual(agent.labels, labels([], ['vouched']));
  });
});

suite('what an agent’s client says', () => {
  test('is known of the server that it was said to, while it is watched', () => {
    const agent = tainted();
    using watch = agent.watch({}, server);
    agent.noteSaid(new GrantingServer('another'), {});
    assert.equal(watch.hasClientSpoken, false);
    const answer = {};
    agent.noteSaid(server, answer);
    assert.equal(watch.hasClientSpoken, true);
    // Its own words are nothing that it was given.
    read(agent, answer, ['house']);
    assert.equal(watch.meanwhile, undefined);
  });
});
