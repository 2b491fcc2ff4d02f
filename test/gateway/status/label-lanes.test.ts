import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { noLabels } from '../../../gateway/guard/built-in-guards.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';
import { changeOf } from '../../../gateway/status/label-change.ts';
import { LabelLanes } from '../../../gateway/status/label-lanes.ts';
import { maxLanes } from '../../../gateway/status/status-limits.ts';
import { labels } from './status-events.ts';

/** An agent, and the lanes of what it becomes. */
function agentWithLanes() {
  const agent: { labels: Labels } = { labels: noLabels };
  const lanes = new LabelLanes(agent, 0);
  let number = 0;
  /** An event that found the agent as `before` and left it as `after`; `now` is what the agent is when it is told. */
  const tell = (before: Labels, after: Labels, now = after) => {
    agent.labels = now;
    number++;
    lanes.follow({
      before,
      change: changeOf(before, after),
      cause: { kind: 'mark', timeMs: number, mark: number },
    });
  };
  const listed = () =>
    lanes.list(1000).map(({ tag, from, until }) => [tag, from.mark ?? from.kind, until?.mark ?? until?.kind]);
  return { agent, tell, listed };
}

suite('the lanes of an agent’s tags', () => {
  test('begin with the read that brought a tag, and end with the one that took it', () => {
    const { tell, listed } = agentWithLanes();
    const granted = labels([], ['reviewed']);
    tell(granted, granted);
    tell(granted, labels(['house']));
    assert.deepEqual(listed(), [
      ['reviewed', 'grant', 2],
      ['house', 2, undefined],
    ]);
  });

  test('end and begin with privileges, each in a piece of its own', () => {
    const { tell, listed } = agentWithLanes();
    const tainted = labels(['house']);
    tell(noLabels, tainted);
    tell(tainted, noLabels);
    tell(noLabels, labels(['house']));
    assert.deepEqual(listed(), [
      ['house', 1, 2],
      ['house', 3, undefined],
    ]);
  });

  test('tell which of two calls at once brought what, in whichever order they end', () => {
    const { tell, listed } = agentWithLanes();
    const [one, both] = [labels(['first']), labels(['first', 'second'])];
    // The second call was judged after the first had been received, and is told before it.
    tell(one, both);
    tell(noLabels, one, both);
    assert.deepEqual(listed(), [
      ['first', 2, undefined],
      ['second', 1, undefined],
    ]);
  });

  test('do not come back to life by a call that had been judged before a privilege was used', () => {
    const { tell, listed } = agentWithLanes();
    const tainted = labels(['house']);
    tell(noLabels, tainted);
    tell(tainted, noLabels);
    tell(noLabels, noLabels);
    tell(tainted, tainted, noLabels);
    assert.deepEqual(listed(), [['house', 1, 2]]);
  });

  test('say of what no event explains that none does', () => {
    const { agent, tell, listed } = agentWithLanes();
    const tainted = labels(['house']);
    tell(noLabels, tainted);
    tell(tainted, noLabels);
    // The time of the privilege is over.
    agent.labels = labels(['house']);
    assert.deepEqual(listed(), [
      ['house', 1, 2],
      ['house', 'elsewhere', undefined],
    ]);
    agent.labels = noLabels;
    tell(noLabels, labels([], ['reviewed']));
    agent.labels = noLabels;
    assert.deepEqual(listed().at(-1), ['reviewed', 3, 'elsewhere']);
  });

  test('are so many at most, whatever a guard says', () => {
    const { tell, listed } = agentWithLanes();
    const many = labels(Array.from({ length: 10_000 }, (_, index) => `tag ${index}`));
    tell(noLabels, many);
    assert.equal(listed().length, maxLanes);
    tell(many, labels(['another', ...many.secrecy]));
    assert.equal(listed().length, maxLanes);
  });
});
