import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AgentSession } from '../../../gateway/agent/agent-session.ts';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { GrantingServer, labels } from '../granting-server.ts';

const never = new AbortController().signal;
const unavailable = new GatewayError('GUARD_UNAVAILABLE', 'not there');

/** An agent of two servers. */
function twoServers(): { agent: AgentSession; a: GrantingServer; b: GrantingServer } {
  const [a, b] = [new GrantingServer('a'), new GrantingServer('b')];
  return { agent: new AgentSession('somebody', [a, b]), a, b };
}

/** The guard of a server, when a guard that could not be had is asked again. */
async function retried(agent: AgentSession, server: GrantingServer): Promise<void> {
  const openings = server.openings.length;
  while (server.openings.length === openings) {
    agent.guardOf(server, never).catch(() => undefined);
    await nextTurn();
  }
}

suite('an agent session', () => {
  test('carries nothing before guards were asked, and the union of what all of them grant afterwards', async () => {
    const { agent, a, b } = twoServers();
    assert.deepEqual(agent.labels, labels());
    const waiting = agent.guardOf(a, never);
    a.grant(labels(['x'], ['i']));
    b.grant(labels(['x', 'y'], ['j']));
    await waiting;
    assert.deepEqual(agent.labels, labels(['x', 'y'], ['i', 'j']));
  });

  test('gives no guard out before every guard was had, or could not be', async () => {
    const { agent, a, b } = twoServers();
    let isHad = false;
    const waiting = agent.guardOf(a, never).then(() => {
      isHad = true;
    });
    a.grant();
    await nextTurn();
    assert.equal(isHad, false);
    b.openings[0]?.reject(unavailable);
    await waiting;
  });

  test('asks each guard once, however often it is wanted', async () => {
    const { agent, a, b } = twoServers();
    const waiting = [a, b, a].map((server) => agent.guardOf(server, never));
    const guard = a.grant();
    b.grant();
    assert.equal((await Promise.all(waiting))[2], guard);
    await agent.guardOf(a, never);
    assert.deepEqual([a.openings.length, b.openings.length], [1, 1]);
  });

  test('asks a guard again that could not be had, and until then says why', async () => {
    const { agent, a, b } = twoServers();
    const waiting = agent.guardOf(a, never);
    a.openings[0]?.reject(unavailable);
    b.grant();
    await assert.rejects(waiting, unavailable);
    await assert.rejects(agent.guardOf(a, never), unavailable);
    await retried(agent, a);
    a.grant(labels(['late'], ['late']));
    await agent.guardOf(a, never);
    assert.deepEqual(agent.labels, labels(['late'], ['late']));
  });

  test('takes secrecy only from a grant that comes after something was delivered', async () => {
    const { agent, a, b } = twoServers();
    const waiting = agent.guardOf(b, never);
    a.openings[0]?.reject(unavailable);
    b.grant(labels([], ['i']));
    await waiting;
    agent.receive(agent.labels, agent.labels);
    await retried(agent, a);
    a.grant(labels(['late'], ['late']));
    await agent.guardOf(a, never);
    assert.deepEqual(agent.labels, labels(['late'], ['i']));
  });

  test('is joined with what it receives', async () => {
    const { agent, a, b } = twoServers();
    const waiting = agent.guardOf(a, never);
    a.grant(labels(['x'], ['i', 'j']));
    b.grant();
    await waiting;
    agent.receive(agent.labels, labels(['x', 'y'], ['j']));
    assert.deepEqual(agent.labels, labels(['x', 'y'], ['j']));
  });

  test('that became something else meanwhile is joined with both', () => {
    const agent = new AgentSession('somebody', []);
    const before = agent.labels;
    agent.receive(before, labels(['one']));
    agent.receive(before, labels(['two']));
    assert.deepEqual(agent.labels, labels(['one', 'two']));
  });

  test('shows guards its labels of the moment', async () => {
    const { agent, a, b } = twoServers();
    const waiting = agent.guardOf(a, never);
    const seen = b.agents[0];
    assert.deepEqual(seen?.(), labels());
    a.grant(labels(['x']));
    b.grant();
    await waiting;
    assert.deepEqual(seen?.(), labels(['x']));
  });

  test('fails with GUARD_UNAVAILABLE when its guards take too long, and goes on waiting for them', async () => {
    const { agent, a, b } = twoServers();
    const ending = new AbortController();
    const waiting = agent.guardOf(a, ending.signal);
    ending.abort(new Error('time is over'));
    await assert.rejects(waiting, { code: 'GUARD_UNAVAILABLE' });
    a.grant(labels(['x']));
    b.grant();
    await agent.guardOf(a, never);
    assert.equal(a.openings.length, 1);
  });

  test('counts the calls of each tool of each server', () => {
    const { agent, a, b } = twoServers();
    assert.deepEqual([agent.countCall(a, 't'), agent.countCall(a, 't'), agent.countCall(a, 'u')], [1, 2, 1]);
    assert.equal(agent.countCall(b, 't'), 1);
  });

  test('that ends ends its guard sessions, those too that are still opened', async () => {
    const { agent, a, b } = twoServers();
    agent.guardOf(a, never).catch(() => undefined);
    a.grant();
    await nextTurn();
    agent[Symbol.dispose]();
    b.grant();
    await nextTurn();
    assert.deepEqual([a.closed, b.closed], [1, 1]);
  });
});
