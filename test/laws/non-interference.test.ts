/** What an agent may not read does not show in what it gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { renderOutcome } from '../../gateway/outcome.ts';
import { judgeResponse } from '../../gateway/response/judge-response.ts';
import { labelResponse } from '../../gateway/response/label-response.ts';
import { holds } from '../harness/property.ts';
import { anyLabels } from './arbitrary-labels.ts';
import {
  areAlike,
  labelsOf,
  resultOf,
  twoWorldsOf,
  twoWorldsOfOneCount,
  type World,
} from './arbitrary-worlds.ts';

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

describe('two backends that differ only in what an agent may not read', () => {
  test('give it the very same bytes when the notice is quiet', (t) =>
    holds(
      t,
      fc.property(twoWorldsOf(anyLabels), ([one, other]) => {
        fc.pre(areAlike(one, other));
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
