import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AgentSessions } from '../../../gateway/agent/agent-sessions.ts';
import type { ServerConfig } from '../../../gateway/config/gateway-config.ts';
import { Health } from '../../../gateway/control/health.ts';
import type { GuardedServer, GuardState } from '../../../gateway/guarded-server.ts';
import { Activity } from '../../../gateway/status/activity.ts';
import { maxShownAgents } from '../../../gateway/status/status-limits.ts';
import { StatusReport } from '../../../gateway/status/status-report.ts';
import { JudgingServer } from '../relay/judging-server.ts';
import { decision, labels } from './status-events.ts';

/** A server whose guard is as it is given. */
class StatedServer extends JudgingServer {
  readonly #state: GuardState;

  constructor(config: Partial<ServerConfig>, state: GuardState) {
    super({}, config);
    this.#state = state;
  }

  override get guardState(): GuardState {
    return this.#state;
  }
}

function reportOf(servers: readonly GuardedServer[], mode?: 'strict') {
  const activity = new Activity();
  const agents = new AgentSessions(servers, undefined, activity);
  const report = new StatusReport({ servers, agents, health: new Health(servers), activity, mode });
  return { activity, agents, report };
}

const wasm = {
  kind: 'wasm',
  name: 'rules',
  file: 'rules.wasm',
  policy: {},
  backendTools: undefined,
  toolCallLimits: [],
} as const;

suite('what the status page is told', () => {
  test('of a server is how it is reached, and nothing that may hold a key', () => {
    const http = {
      kind: 'http',
      url: 'https://user:hidden1@mcp.example/hidden2?key=hidden3',
      headers: { a: 'hidden4' },
      credentials: undefined,
    } as const;
    const stdio = {
      kind: 'stdio',
      command: '/hidden5/bin/server',
      args: ['hidden6'],
      env: { KEY: 'hidden7' },
      cwd: '/hidden8',
    } as const;
    const container = { ...stdio, command: 'docker', container: { runtimeArgs: [], mounts: [] } };
    const servers = [http, stdio, container].map(
      (transport, index) =>
        new StatedServer(
          { name: `s${index}`, transport, guard: wasm },
          { kind: 'ready', mode: 'filter', digest: 'aa' },
        ),
    );
    servers[0]?.noteToolCount(3);
    const snapshot = reportOf(servers, 'strict').report.snapshot();
    assert.deepEqual(
      snapshot.servers.map(({ transport, place, mode, toolCount }) => [transport, place, mode, toolCount]),
      [
        ['http', 'mcp.example', 'strict', 3],
        ['stdio', 'server', 'strict', undefined],
        ['container', 'docker', 'strict', undefined],
      ],
    );
    assert.doesNotMatch(JSON.stringify(snapshot), /hidden/);
  });

  test('of a guard is its health at all of its servers, and each digest that is in service', () => {
    const server = (name: string, state: GuardState) => new StatedServer({ name, guard: wasm }, state);
    const old = server('old', { kind: 'ready', mode: 'filter', digest: 'aa' });
    const now = server('new', { kind: 'ready', mode: 'filter', digest: 'bb' });
    const ill = server('ill', { kind: 'unavailable', reason: 'it is broken' });
    const [ready] = reportOf([old, now]).report.snapshot().guards;
    assert.deepEqual(ready, { name: 'rules', isReady: true, digests: ['aa', 'bb'], servers: ['old', 'new'] });
    const [broken] = reportOf([old, ill]).report.snapshot().guards;
    assert.deepEqual([broken?.isReady, broken?.reason], [false, 'it is broken']);
  });

  test('of agent sessions are those that were used last, and how many there are', () => {
    const { agents, report } = reportOf([]);
    for (let i = 0; i < maxShownAgents + 5; i++) agents.find('alice', `${i}`);
    const { agents: shown, agentCount } = report.snapshot();
    assert.deepEqual(
      [shown.length, shown[0]?.run, agentCount],
      [maxShownAgents, `${maxShownAgents + 4}`, maxShownAgents + 5],
    );
    agents.end('alice', '3');
    assert.equal(report.snapshot().agentCount, maxShownAgents + 4);
    assert.equal(report.snapshot('alice/3').flow, null);
  });

  test('of the session that is asked for is its flow, whether it is listed or not', () => {
    const { agents, activity, report } = reportOf([]);
    const agent = agents.find('alice', '1');
    for (let i = 0; i < maxShownAgents; i++) agents.find('bob', `${i}`);
    agent?.receive(agent.labels, labels(['house']));
    activity.record(decision({ after: labels(['house']) }), agent);
    const { flow, agents: shown } = report.snapshot('alice/1');
    assert.ok(!shown.some(({ principal }) => principal === 'alice'));
    assert.deepEqual([flow?.marks.length, flow?.lanes[0]?.tag, flow?.lanes[0]?.from.mark], [1, 'house', 1]);
    assert.equal(report.snapshot('no%address').flow, null);
  });

  test('is so much at most, whatever agents and guards say', () => {
    const { agents, activity, report } = reportOf([]);
    const agent = agents.find('alice', '1');
    for (let i = 0; i < 600; i++) {
      const tags = Array.from({ length: 100 }, (_, index) => `${i} ${index} ${'x'.repeat(1_000)}`);
      activity.record(decision({ tool: 'y'.repeat(10_000), after: labels(tags), inTheWay: tags }), agent);
    }
    const characters = JSON.stringify(report.snapshot('alice/1')).length;
    assert.ok(characters < 6_000_000, `${characters} characters`);
  });
});
