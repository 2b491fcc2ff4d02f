import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { labelAgentInput, policyForGuard, withTrusted } from '../../../gateway/policy/label-agent-input.ts';
import { parsePolicy } from '../../../gateway/policy/policy.ts';
import { PolicyError } from '../../../gateway/policy/policy-error.ts';

suite('what label_agent is given', () => {
  test('has exact names, lower case and lists, whatever the configuration wrote', () => {
    const value = {
      AllowOnly: {
        Repos: ' ALL ',
        integrity: 'Approved',
        'refusal-labels': 'unsafe, blocked',
        'Endorser-Min-Integrity': 'MERGED',
        'tool-call-limits': { read: 1 },
      },
    };
    const input = policyForGuard(parsePolicy({ value, path: 'policy' }));
    assert.deepEqual(input, {
      'allow-only': {
        repos: 'all',
        'min-integrity': 'approved',
        'refusal-labels': ['unsafe', 'blocked'],
        'endorser-min-integrity': 'merged',
      },
    });
    assert.deepEqual(labelAgentInput(input), input);
  });

  test('keeps the scopes and the sink of a policy', () => {
    const scoped = parsePolicy({
      value: { 'allow-only': { repos: ['b/*', 'a/b'], integrity: 'none' } },
      path: 'p',
    });
    assert.deepEqual(policyForGuard(scoped), {
      'allow-only': { repos: ['a/b', 'b/*'], 'min-integrity': 'none' },
    });
    for (const sink of [{ accept: ['*'] }, { accept: ['private:a'], 'sink-visibility': 'internal' }]) {
      const value = { 'write-sink': sink };
      assert.deepEqual(policyForGuard(parsePolicy({ value, path: 'p' })), value);
    }
  });

  test('gets trusted users beside those that the policy names', () => {
    const policy = { 'allow-only': { repos: 'all', 'min-integrity': 'none', 'trusted-users': ['alice'] } };
    const trusted = withTrusted(policy, { trustedBots: [], trustedUsers: ['bob', 'alice'] });
    const users = ['alice', 'bob'];
    assert.deepEqual(trusted, { 'allow-only': { ...policy['allow-only'], 'trusted-users': users } });
  });

  test('leaves a policy of another kind alone', () => {
    const policy = { tools: [] };
    assert.equal(withTrusted(policy, { trustedBots: ['bot'], trustedUsers: ['bob'] }), policy);
  });

  test('is refused when it is no JSON', () => {
    assert.throws(
      () => labelAgentInput('{'),
      (error) => error instanceof PolicyError && error.category === 'not-an-object',
    );
  });
});
