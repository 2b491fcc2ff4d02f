/** What an agent may not read does not show in what it gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderOutcome } from '../../gateway/outcome.ts';
import { judgeResponse } from '../../gateway/response/judge-response.ts';
import { labelResponse } from '../../gateway/response/label-response.ts';
import { holds } from '../harness/property.ts';
import { naiveReturns } from './arbitrary-labels.ts';
import { labelsOf, resultOf, twoWorlds, twoWorldsOfOneCount, type World } from './arbitrary-worlds.ts';

const runs = 4_000;

/** What the agent gets, and what it becomes. */
function seen(world: World) {
  const { call } = world;
  const judgement = judgeResponse(call, labelResponse(resultOf(world), labelsOf(world)));
  const { secrecy, integrity } = judgement.kind === 'deliver' ? judgement.agentAfter : call.agent;
  const text =
    judgement.kind === 'deliver'
      ? judgement.text
      : renderOutcome({ kind: 'denied', reason: judgement.reason });
  return { text, secrecy: [...secrecy].sort(), integrity: [...integrity].sort() };
}

/**
 * Where all goes when anything does, that something is withheld shows: strict mode denies what holds anything unreadable,
 * and a second form of a response that is no copy of the first cannot be filtered alike.
 */
const showsWithholding = ({ call, shape }: World) =>
  call.mode === 'strict' || (shape.copy === 'another form' && shape.where.endsWith('text'));

const hidesSomething = ({ call, items }: World) => items.some(({ labels }) => !naiveReturns(call, labels));

/**
 * A guard that echoes says nothing of a response without items, so that in propagate mode the agent is joined with the
 * resource, and with nothing where every item of a read-write was withheld.
 */
const losesAllEchoes = (...worlds: readonly World[]) =>
  worlds.some(({ call, shape }) => call.mode === 'propagate' && shape.form === 'items') &&
  worlds.some(({ items }) => items.length === 0);

describe('two backends that differ only in what an agent may not read', () => {
  test('give it the very same bytes when the notice is quiet', (t) =>
    holds(
      t,
      fc.property(twoWorlds, ([one, other]) => {
        if (showsWithholding(one)) fc.pre(hidesSomething(one) === hidesSomething(other));
        fc.pre(!losesAllEchoes(one, other));
        assert.deepEqual(seen(one), seen(other));
      }),
      runs,
    ));

  test('give it the same bytes when as much is withheld, although the notice tells how much that is', (t) =>
    holds(
      t,
      fc.property(twoWorldsOfOneCount, ([one, other]) => assert.deepEqual(seen(one), seen(other))),
      runs,
    ));
});
