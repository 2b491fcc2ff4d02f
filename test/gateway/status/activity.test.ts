import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AgentSession } from '../../../gateway/agent/agent-session.ts';
import { Activity } from '../../../gateway/status/activity.ts';
import { maxRecentMarks, maxSessionMarks, maxTags } from '../../../gateway/status/status-limits.ts';
import { decision, labels, privilege } from './status-events.ts';

const alice = { principal: 'alice', run: '1' };

function begin(activity: Activity, run = '1'): AgentSession {
  const agent = new AgentSession('alice', [], run);
  activity.begun(agent);
  return agent;
}

suite('what is kept of agents’ activity', () => {
  test('has each decision with what the agent became, and no more of its labels', () => {
    const activity = new Activity();
    const agent = begin(activity);
    const change = { before: labels([], ['reviewed']), after: labels(['house']) };
    activity.record(decision({ ...change, tool: 'look', trace: 'a'.repeat(32) }), agent);
    activity.record(decision({ outcome: 'denied', reason: 'AUDIENCE', inTheWay: ['house'] }), agent);
    activity.record(privilege(labels(['house']), labels()));
    const [used, denied, tainted] = activity.recent;
    const none = { tags: [], more: 0 };
    assert.deepEqual(tainted?.change, {
      secrecyGained: { tags: ['house'], more: 0 },
      secrecyDropped: none,
      integrityGained: none,
      integrityLost: { tags: ['reviewed'], more: 0 },
    });
    assert.deepEqual(
      [denied?.reason, denied?.inTheWay?.tags, denied?.change],
      ['AUDIENCE', ['house'], undefined],
    );
    assert.deepEqual(
      [used?.kind, used?.rule, used?.change?.secrecyDropped.tags],
      ['declassified', 'release', ['house']],
    );
    const counts = { decisions: 2, denied: 1, failed: 0, withheld: 0, privileges: 1 };
    assert.deepEqual(activity.historyOf(alice)?.counts, counts);
  });

  test('has guards that were overruled, which change nothing of an agent', () => {
    const activity = new Activity();
    begin(activity);
    const about = { ...alice, server: 'files', tool: 'look', guard: { name: 'rules', digest: 'aa' } };
    activity.record({ kind: 'overruled', ...about, bound: 'NOT_A_READ', count: 1 });
    const { number, timeMs, ...mark } = activity.recent[0] ?? {};
    assert.ok(number === 1 && timeMs !== undefined);
    assert.deepEqual(mark, {
      kind: 'overruled',
      ...about,
      guard: 'rules',
      digest: 'aa',
      bound: 'NOT_A_READ',
    });
    assert.equal(activity.historyOf(alice)?.counts.decisions, 0);
  });

  test('holds so many events of a session, and counts those before', () => {
    const activity = new Activity();
    const agent = begin(activity);
    for (let i = 0; i < maxSessionMarks + 7; i++) activity.record(decision({ tool: `t${i}` }), agent);
    const history = activity.historyOf(alice);
    assert.deepEqual(
      [history?.marks.length, history?.forgotten, history?.marks[0]?.tool],
      [maxSessionMarks, 7, 't7'],
    );
    assert.equal(activity.recent.length, maxRecentMarks);
    assert.equal(activity.recent[0]?.tool, `t${maxSessionMarks + 6}`);
  });

  test('holds so many events of all sessions: the oldest of all makes room', () => {
    const activity = new Activity(3);
    const [first, second] = [begin(activity), begin(activity, '2')];
    for (const tool of ['a', 'b']) activity.record(decision({ tool }), first);
    for (const tool of ['c', 'd']) activity.record(decision({ tool, run: '2' }), second);
    const toolsOf = (run: string) => activity.historyOf({ ...alice, run })?.marks.map(({ tool }) => tool);
    assert.deepEqual([toolsOf('1'), toolsOf('2')], [['b'], ['c', 'd']]);
    activity.ended(first);
    activity.record(decision({ tool: 'e', run: '2' }), second);
    assert.deepEqual(toolsOf('2'), ['c', 'd', 'e']);
  });

  test('does not give a session what its predecessor of the same name was still doing when it ended', () => {
    const activity = new Activity();
    const before = begin(activity);
    activity.ended(before);
    begin(activity);
    activity.record(decision({ before: labels(['house']) }), before);
    assert.deepEqual(activity.historyOf(alice)?.marks, []);
    assert.equal(activity.recent.length, 1);
  });

  test('is cut where agents and guards choose the words', () => {
    const activity = new Activity();
    const agent = begin(activity);
    const tags = Array.from(
      { length: 1_000 },
      (_, index) => `${String(index).padStart(4, '0')}${'x'.repeat(10_000)}`,
    );
    activity.record(decision({ tool: 'y'.repeat(1_000_000), after: labels(tags) }), agent);
    const [mark] = activity.recent;
    assert.equal(mark?.tool.length, 257);
    assert.deepEqual(
      [mark?.change?.secrecyGained.tags.length, mark?.change?.secrecyGained.more],
      [maxTags, 1_000 - maxTags],
    );
    assert.ok(JSON.stringify(mark).length < 4_000);
    assert.ok(JSON.stringify(activity.historyOf(alice)?.lanes(0)).length < 40_000);
  });

  test('tells those who watch, until they do not', () => {
    const activity = new Activity();
    let told = 0;
    {
      using _ = activity.watch(() => told++);
      activity.record(decision(), begin(activity));
    }
    activity.record(decision());
    assert.equal(told, 2);
  });
});
