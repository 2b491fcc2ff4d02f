/** Every vector of test/vectors/policy.json: accepted policies in normal form, refused ones by category. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { JsonObject, JsonValue } from '../../../gateway/policy/json-value.ts';
import { labelAgentInput, withTrusted } from '../../../gateway/policy/label-agent-input.ts';
import { parseFlatPolicy, parseServerMap } from '../../../gateway/policy/older-forms.ts';
import { parsePolicy } from '../../../gateway/policy/policy.ts';
import { PolicyError } from '../../../gateway/policy/policy-error.ts';
import { policyFromShortcut, type ScopeShortcut } from '../../../gateway/policy/shortcut.ts';

type Form =
  | { form: 'policy' | 'flat' | 'label-agent-input'; policy: JsonValue }
  | { form: 'server-map'; policy: JsonValue; serverId: string }
  | { form: 'shortcut'; policy: ScopeShortcut }
  | { form: 'trusted'; policy: JsonObject; trustedBots: string[]; trustedUsers: string[] };

type Vector = Form & { id: string; expect: { accepted?: unknown; rejected?: string }; errorAlso?: string[] };

const file = new URL('../../vectors/policy.json', import.meta.url);
const { vectors }: { vectors: Vector[] } = JSON.parse(readFileSync(file, 'utf8'));

function outcome(vector: Vector): unknown {
  const path = 'guard-policies';
  switch (vector.form) {
    case 'policy':
      return parsePolicy({ value: vector.policy, path });
    case 'flat':
      return parseFlatPolicy({ value: vector.policy, path });
    case 'server-map':
      return parseServerMap({ value: vector.policy, path }, vector.serverId);
    case 'shortcut':
      return policyFromShortcut(vector.policy);
    case 'label-agent-input':
      return labelAgentInput(vector.policy);
    case 'trusted':
      return withTrusted(vector.policy, vector);
  }
}

suite('a policy is accepted in normal form or refused with its category', () => {
  for (const vector of vectors) {
    test(vector.id, () => {
      if (vector.expect.rejected === undefined) {
        assert.deepEqual(outcome(vector), vector.expect.accepted);
        return;
      }
      const categories = [vector.expect.rejected, ...(vector.errorAlso ?? [])];
      assert.throws(
        () => outcome(vector),
        (error) => error instanceof PolicyError && categories.includes(error.category),
      );
    });
  }
});
