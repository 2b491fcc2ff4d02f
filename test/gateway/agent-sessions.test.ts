import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AgentSessions } from '../../gateway/agent-sessions.ts';
import { GrantingServer, labels } from './granting-server.ts';

const hourMs = 60 * 60 * 1000;

suite('the agent sessions', () => {
  test('are one for each principal and run', () => {
    const agents = new AgentSessions([]);
    const agent = agents.find('p', 'r');
    assert.equal(agents.find('p', 'r'), agent);
    const others = [
      agents.find('p', ''),
      agents.find('q', 'r'),
      agents.find('p","r', ''),
      agents.find('p', '","r'),
    ];
    assert.equal(new Set([agent, ...others]).size, 5);
  });

  test('begin without labels', () => {
    assert.deepEqual(new AgentSessions([]).find('p', 'r')?.labels, labels());
  });

  test('end, and their guard sessions with them, when nobody used them for six hours', async () => {
    let nowMs = 0;
    const server = new GrantingServer();
    const agents = new AgentSessions([server], () => nowMs);
    const tainted = agents.find('p', 'r');
    void tainted?.guardOf(server, new AbortController().signal);
    server.grant();
    tainted?.receive(tainted.labels, labels(['house']));
    nowMs += 6 * hourMs - 1;
    assert.equal(agents.find('p', 'r'), tainted);
    nowMs += 6 * hourMs - 1;
    assert.equal(agents.find('p', 'r'), tainted, 'it was used in between');
    nowMs += 6 * hourMs;
    assert.deepEqual(agents.find('p', 'r')?.labels, labels());
    await nextTurn();
    assert.equal(server.closed, 1);
  });

  test('end by idle time whoever comes, and whichever is used in between', () => {
    let nowMs = 0;
    const agents = new AgentSessions([], () => nowMs);
    agents.find('p', 'used');
    agents.find('p', 'old');
    nowMs += 4 * hourMs;
    agents.find('p', 'used');
    nowMs += 3 * hourMs;
    agents.find('p', 'new');
    assert.equal(agents.peek('p', 'old'), undefined);
    assert.notEqual(agents.peek('p', 'used'), undefined);
  });

  test('are not used by a look at them', () => {
    let nowMs = 0;
    const agents = new AgentSessions([], () => nowMs);
    assert.equal(agents.peek('p', 'r'), undefined);
    agents.find('p', 'r');
    nowMs += 4 * hourMs;
    assert.notEqual(agents.peek('p', 'r'), undefined);
    nowMs += 4 * hourMs;
    agents.find('p', 'another');
    assert.equal(agents.peek('p', 'r'), undefined);
  });

  test('are never dropped for another: one too many is refused, until one has ended', () => {
    let nowMs = 0;
    const agents = new AgentSessions([], () => nowMs);
    for (let run = 0; run < 10_000; run++) agents.find('p', String(run));
    assert.equal(agents.find('p', 'one too many'), undefined);
    assert.notEqual(agents.find('p', '0'), undefined);
    nowMs += 6 * hourMs;
    assert.notEqual(agents.find('p', 'one too many'), undefined);
  });

  test('end all together', async () => {
    const server = new GrantingServer();
    const agents = new AgentSessions([server]);
    for (const run of ['a', 'b']) {
      void agents.find('p', run)?.guardOf(server, new AbortController().signal);
      server.grant();
    }
    agents[Symbol.dispose]();
    await nextTurn();
    assert.equal(server.closed, 2);
  });
});
