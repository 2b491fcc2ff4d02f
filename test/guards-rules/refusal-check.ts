// What tests of refused policies share.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { GuardHarness } from './guard-harness.ts';

/** A name, a policy with one mistake, and how the sentence about it begins. */
export type RefusedPolicy = [name: string, policy: unknown, beginning: string];

/** Holds that each policy is refused with its sentence, and that nothing is labelled by it. */
export async function checkRefused(t: TestContext, policies: readonly RefusedPolicy[]): Promise<void> {
  const guard = await GuardHarness.start('rules');
  for (const [name, policy, beginning] of policies) {
    await t.test(name, () => {
      const answer = guard.ask('label_agent', policy);
      assert.ok(isRefusal(answer), `accepted: ${JSON.stringify(answer)}`);
      assert.equal(answer.success, false);
      assert.equal(answer.error.slice(0, beginning.length), beginning);
      const call = guard.call('label_resource', { tool_name: 't', tool_args: {} });
      assert.equal(call.code, -1, 'a refused policy must not be used');
    });
  }
}

/** Whether an answer of `label_agent` refuses the policy. */
export function isRefusal(answer: unknown): answer is { success: boolean; error: string } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'error' in answer &&
    typeof answer.error === 'string' &&
    'success' in answer
  );
}
