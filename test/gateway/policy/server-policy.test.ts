import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonValue } from '../../../gateway/policy/json-value.ts';
import { PolicyError, type PolicyErrorCategory } from '../../../gateway/policy/policy-error.ts';
import { readServerPolicy } from '../../../gateway/policy/server-policy.ts';

const allowOnly = { 'allow-only': { repos: 'public', 'min-integrity': 'none' } };
const flat = { repos: 'public', 'min-integrity': 'none' };
const normal = { kind: 'allow-only', scope: 'public', scopes: [], minIntegrity: 'none' };

function read(value: JsonValue): unknown {
  return readServerPolicy({ value, path: 'guard-policies' }, 'github');
}

function refused(value: JsonValue, category: PolicyErrorCategory, message: RegExp): void {
  assert.throws(
    () => read(value),
    (error) => error instanceof PolicyError && error.category === category && message.test(error.message),
  );
}

suite('the policy of a server', () => {
  test('is recognised in every form that gh-aw takes', () => {
    for (const form of [allowOnly, flat, { github: allowOnly }, { github: flat, chat: allowOnly }]) {
      assert.deepEqual(read(form), normal);
    }
  });

  test('passes as it is when it is no policy of gh-aw', () => {
    const policies = [
      {},
      { tools: [] },
      { repos: ['a'] },
      { github: { rules: [] } },
      { github: allowOnly, more: 1 },
    ];
    for (const policy of policies) assert.deepEqual(read(policy), { kind: 'opaque', policy });
  });

  test('that claims to be one of gh-aw must be a good one', () => {
    refused(
      { 'Allow-Only': { repos: 'public' } },
      'missing-min-integrity',
      /guard-policies\.allow-only\.min-integrity/,
    );
    refused(
      { ...allowOnly, extra: 1 },
      'unknown-field',
      /^guard-policies\.extra: unknown field, write one of/,
    );
    refused(
      { github: { repos: 'bad', integrity: 'none' } },
      'invalid-repos',
      /^guard-policies\.github\.repos: /,
    );
  });

  test('is missing from a map that names only other servers', () => {
    refused({ chat: allowOnly }, 'missing-policy', /^guard-policies\.github: /);
  });

  test('must be an object', () => {
    refused('all', 'not-an-object', /^guard-policies: /);
  });

  test('never names a field twice', () => {
    refused(
      { 'allow-only': flat, allowonly: flat },
      'duplicate-field',
      /allowonly: write allow-only only once/,
    );
    refused({ 'allow-only': { ...flat, Repos: 'all' } }, 'duplicate-field', /Repos: write repos only once/);
    const limits = { read: 1, ' read ': 9 };
    refused({ 'allow-only': { ...flat, 'tool-call-limits': limits } }, 'duplicate-field', /only once/);
  });

  test('keeps names of tools that objects have of their own', () => {
    const limits = JSON.parse('{"__proto__": 1, "constructor": 2}');
    const policy = readServerPolicy(
      { value: { 'allow-only': { ...flat, 'tool-call-limits': limits } }, path: 'p' },
      's',
    );
    assert.ok(policy.kind === 'allow-only' && policy.toolCallLimits !== undefined);
    assert.deepEqual(Object.entries(policy.toolCallLimits), [
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });

  test('counts a field that is null as not given', () => {
    assert.deepEqual(read({ 'allow-only': { ...flat, 'blocked-users': null } }), normal);
  });

  test('names no repository . or ..', () => {
    for (const scope of ['acme/..', '../web', './*']) {
      refused(
        { 'allow-only': { ...flat, repos: [scope] } },
        'invalid-scope',
        /^guard-policies\.allow-only\.repos\[0\]: /,
      );
    }
  });

  test('repeats no value in what it says about a mistake', () => {
    const secret = 'hunter2 hunter2';
    const policies = [
      { 'allow-only': { repos: secret, 'min-integrity': secret } },
      { 'allow-only': { repos: [secret], 'min-integrity': 'none' } },
      { 'allow-only': { repos: 'all', 'min-integrity': secret } },
      { 'write-sink': { accept: [secret] } },
      { 'write-sink': { accept: ['*'], 'sink-visibility': secret } },
    ];
    for (const policy of policies) {
      assert.throws(
        () => read(policy),
        (error) => error instanceof PolicyError && !error.message.includes('hunter2'),
      );
    }
  });
});
