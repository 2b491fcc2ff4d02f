import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ReadDecision } from '../../../gateway/audit/read-decision.ts';
import { type ReplayRules, replay } from '../../../gateway/audit/replay.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';
import { labels } from './trail-folder.ts';

const anyone: ReplayRules = { operatorMode: undefined, audience: ['*'] };
const secret = labels(['s']);
const none = labels();

function read(
  given: Partial<NonNullable<ReadDecision['access']>> = {},
  response?: ReadDecision['response'],
): ReadDecision {
  const access = {
    operation: 'read',
    mode: 'filter',
    guardMode: 'filter',
    isIndivisible: false,
    resource: none,
    ...given,
  } as const;
  const decision = {
    server: 's',
    tool: 'get',
    outcome: 'result',
    before: none,
    after: none,
    access,
  } as const;
  return response === undefined ? decision : { ...decision, response };
}

const items = (...each: (readonly [Labels, number])[]) =>
  ({ form: 'items', withheld: 0, items: each.map(([its, count]) => ({ labels: its, count })) }) as const;
const whole = (its: Labels) => ({ form: 'whole', withheld: 0, items: [{ labels: its, count: 1 }] }) as const;

suite('a decision that is replayed', () => {
  test('counts the items that would be withheld', () => {
    const decision = read({}, items([none, 3], [secret, 4]));
    assert.deepEqual(replay(decision, none, anyone), { kind: 'result', withheld: 4, after: none });
  });

  test('is denied in strict mode for a single item', () => {
    const decision = read({}, items([none, 3], [secret, 1]));
    const replayed = replay(decision, none, { ...anyone, operatorMode: 'strict' });
    assert.deepEqual(replayed, { kind: 'denied', reason: 'ITEMS_WITHHELD', after: none });
  });

  test('makes the agent what it reads in propagate mode', () => {
    const decision = read({ guardMode: 'propagate' }, items([secret, 1], [none, 1]));
    const replayed = replay(decision, none, anyone);
    assert.deepEqual(replayed, { kind: 'result', withheld: 0, after: secret });
  });

  test('is denied as a whole, unless the tool lists', () => {
    const decision = read({}, whole(secret));
    assert.deepEqual(replay(decision, none, anyone), { kind: 'denied', reason: 'READ_SECRECY', after: none });
    const listed = replay({ ...decision, tool: 'list_all' }, none, anyone);
    assert.deepEqual(listed, { kind: 'result', withheld: 1, after: none });
  });

  test('is stricter for what can only be delivered as a whole', () => {
    const replayed = replay(read({ isIndivisible: true, resource: secret }), none, anyone);
    assert.deepEqual(replayed, { kind: 'denied', reason: 'READ_SECRECY', after: none });
  });

  test('is denied for an agent outside of the audience, whatever it asks for', () => {
    const replayed = replay(read(), secret, { ...anyone, audience: ['t'] });
    assert.deepEqual(replayed, { kind: 'denied', reason: 'AUDIENCE', after: secret });
  });

  test('is left open where the server was never asked, or its answer has too many labels', () => {
    assert.deepEqual(replay(read(), none, anyone), { kind: 'unseen', after: none });
    const cut = { form: 'items', withheld: 0, items: undefined } as const;
    assert.equal(replay(read({}, cut), none, anyone), undefined);
  });

  test('withholds the answer of what also writes, and does not call that denied', () => {
    const decision = read({ operation: 'read-write', guardMode: 'strict' }, whole(secret));
    assert.deepEqual(replay(decision, none, anyone), { kind: 'result', withheld: 1, after: none });
  });
});
