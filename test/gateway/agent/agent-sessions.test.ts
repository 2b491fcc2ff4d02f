import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AgentSessions } from '../../../gateway/agent/agent-sessions.ts';
import { GrantingServer, labels } from '../granting-server.ts';

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

  test('are listed with what they carry and for how long nobody used them; that is no use of them', () => {
    let nowMs = 0;
    const agents = new AgentSessions([], () => nowMs);
    const tainted = agents.find('p', 'r');
    tainted?.receive(tainted.labels, labels(['house']));
    nowMs += hourMs;
    agents.find('q', '');
    const listed = () => agents.list().map(({ idleMs, ...agent }) => [agent, idleMs / hourMs]);
    const expected = (hours: number) => [
      [{ principal: 'p', run: 'r', labels: labels(['house']) }, hours + 1],
      [{ principal: 'q', run: '', labels: labels() }, hours],
    ];
    assert.deepEqual(listed(), expected(0));
    nowMs += hourMs;
    assert.deepEqual(listed(), expected(1));
    nowMs += 4 * hourMs;
    assert.deepEqual(
      agents.list().map(({ principal }) => principal),
      ['q'],
    );
  });

  test('end by name, with their guard sessions, and no others with them', async () => {
    const server = new GrantingServer();
    const agents = new AgentSessions([server]);
    const ended = agents.find('p', 'r');
    const kept = agents.find('p', '');
    void ended?.guardOf(server, new AbortController().signal);
    server.grant();
    assert.equal(agents.end('p', 'r'), true);
    assert.equal(agents.end('p', 'r'), false);
    assert.equal(agents.end('q', 'r'), false);
    await nextTurn();
    assert.equal(server.closed, 1);
    assert.equal(agents.find('p', ''), kept);
    assert.notEqual(agents.find('p', 'r'), ended);
  });

  test('that have ended take nothing in any more: what comes after them would not know of it', async () => {
    const agents = new AgentSessions([]);
    const ended = agents.find('p', 'r');
    agents.end('p', 'r');
    const cancelled = { code: 'CANCELLED' };
    assert.throws(() => ended?.receive(labels(), labels(['house'])), cancelled);
    assert.throws(() => ended?.receive(labels(), labels()), cancelled);
    const guard = ended?.guardOf(new GrantingServer(), new AbortController().signal);
    await assert.rejects(guard ?? Promise.resolve(), cancelled);
  });

  test('are told of when they begin and when they end: by name, by rest, and all together', () => {
    const told: string[] = [];
    const tell = (what: string) => (agent: { run: string; principal: string }) =>
      told.push(`${what} ${agent.principal} ${agent.run}`);
    let nowMs = 0;
    const agents = new AgentSessions([], () => nowMs, { begun: tell('begun'), ended: tell('ended') });
    agents.find('p', 'a');
    agents.find('p', 'a');
    agents.end('p', 'a');
    agents.end('p', 'a');
    agents.find('p', 'b');
    nowMs = 7 * 60 * 60 * 1000;
    agents.find('p', 'c');
    agents[Symbol.dispose]();
    const begunAndEnded = ['begun p a', 'ended p a', 'begun p b', 'ended p b', 'begun p c', 'ended p c'];
    assert.deepEqual(told, begunAndEnded);
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
