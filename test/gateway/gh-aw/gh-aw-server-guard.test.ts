/** Which guard a server of gh-aw's has, and what it is told (compat.md 1.7 and 3.11). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ServerGuard } from '../../../gateway/config/gateway-config.ts';
import type { DiscoveredGuard } from '../../../gateway/gh-aw/discovered-guards.ts';
import type { WorkflowRepository } from '../../../gateway/gh-aw/workflow-repository.ts';
import type { JsonObject } from '../../../gateway/policy/json-value.ts';
import { type Around, onlyServer, readJson, remote, withServers } from './gh-aw-reader.ts';

const found: DiscoveredGuard = { kind: 'file', path: '/guards/x.wasm' };
const allowOnly = { 'allow-only': { repos: ['acme/web'], 'min-integrity': 'approved' } };
const sink = { 'write-sink': { accept: ['private:acme/web'] } };

interface Setting extends Around {
  readonly name?: string;
  readonly gateway?: JsonObject;
  readonly guards?: JsonObject;
}

/** The guard of a server with these settings. */
function guardOf(
  settings: JsonObject,
  { name = 'x', gateway = {}, guards = {}, ...around }: Setting = {},
): ServerGuard {
  const value = { ...withServers({ [name]: remote(settings) }, { gateway }), guards };
  return onlyServer(readJson(value, around)).guard;
}

function policyOf(settings: JsonObject, setting: Setting = {}): unknown {
  const guard = guardOf(settings, { discovered: { x: found }, ...setting });
  assert.ok(guard.kind === 'wasm');
  return guard.policy;
}

suite('the guard of a server', () => {
  test('that lies in its folder comes before what the configuration says', () => {
    const guards = { own: { type: 'wasm', path: 'own.wasm' } };
    for (const settings of [{ 'guard-policies': sink }, { guard: 'own' }, {}]) {
      const guard = guardOf(settings, { guards, discovered: { x: found } });
      assert.ok(guard.kind === 'wasm');
      assert.deepEqual([guard.name, guard.file], ['x', '/guards/x.wasm']);
    }
  });

  test('that lies in its folder has a name that no configured guard has', () => {
    const value = {
      ...withServers({ x: remote(), y: remote({ guard: 'x' }) }),
      guards: { x: { type: 'wasm', path: '/configured.wasm' } },
    };
    const { config, guards } = readJson(value, { discovered: { x: found } });
    assert.deepEqual(
      config.servers.map(({ guard }) => guard.kind === 'wasm' && [guard.name, guard.file]),
      [
        ['x.2', '/guards/x.wasm'],
        ['x', '/configured.wasm'],
      ],
    );
    assert.deepEqual(guards, {
      guards: {
        'x.2': { type: 'wasm', path: '/guards/x.wasm' },
        x: { type: 'wasm', path: '/configured.wasm' },
      },
    });
  });

  test('whose folder cannot be read is unavailable', () => {
    const discovered = { x: { kind: 'unreadable', reason: 'no permission' } } as const;
    assert.deepEqual(guardOf({}, { discovered }), {
      kind: 'unavailable',
      name: 'x',
      reason: 'no permission',
    });
  });

  test('is a sink where its policy says so', () => {
    assert.deepEqual(guardOf({ 'guard-policies': sink }), {
      kind: 'write-sink',
      accept: ['private:acme/web'],
      sinkVisibility: 'public',
    });
  });

  test('is the one that it names', () => {
    const guards = {
      own: {
        type: 'wasm',
        path: 'own.wasm',
        backendTools: ['get'],
        policy: { rules: [] },
        limits: { cpuMs: 10 },
      },
      none: { type: 'noop' },
      sink: { type: 'write-sink', policy: sink },
    };
    assert.deepEqual(guardOf({ guard: 'own' }, { guards }), {
      kind: 'wasm',
      name: 'own',
      file: '/etc/gh-aw/own.wasm',
      backendTools: ['get'],
      policy: { rules: [] },
      toolCallLimits: [],
    });
    assert.deepEqual(guardOf({ guard: 'none' }, { guards }), { kind: 'noop' });
    assert.equal(guardOf({ guard: 'sink' }, { guards }).kind, 'write-sink');
  });

  test('is noop where nothing is said', () => assert.deepEqual(guardOf({}), { kind: 'noop' }));

  const unguarded: readonly (readonly [
    about: string,
    settings: JsonObject,
    guards: JsonObject,
    reason: string,
  ])[] = [
    [
      'a policy that no guard reads',
      { 'guard-policies': allowOnly },
      {},
      'it has a policy and no guard that reads it: put one into its folder in MCP_GATEWAY_WASM_GUARDS_DIR, or name one as its guard',
    ],
    [
      'a policy and a noop guard',
      { 'guard-policies': allowOnly, guard: 'g' },
      { g: { type: 'noop' } },
      'a noop guard reads no policy: remove the policy, or name another guard',
    ],
    [
      'a guard of a type that is not ours',
      { guard: 'g' },
      { g: { type: 'go-plugin' } },
      'its type is none of wasm, noop and write-sink',
    ],
    [
      'a sink without what it accepts',
      { guard: 'g' },
      { g: { type: 'write-sink' } },
      'a write-sink guard needs {"write-sink": {"accept": […]}} as its policy',
    ],
  ];
  for (const [about, settings, guards, reason] of unguarded) {
    test(`with ${about} is unavailable, where gh-aw’s gateway goes on unguarded`, () => {
      const guard = guardOf(settings, { guards });
      assert.ok(guard.kind === 'unavailable');
      assert.equal(guard.reason, reason);
    });
  }

  test('is unavailable where the job has no identity token to send', () => {
    assert.deepEqual(guardOf({ auth: { type: 'github-oidc' } }), {
      kind: 'unavailable',
      name: 'x',
      reason:
        'mcpServers.x.auth.type needs ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN: give the job the permission id-token: write',
    });
  });
});

suite('the policy of a guard', () => {
  const guards = {
    own: {
      type: 'wasm',
      path: '/own.wasm',
      policy: { 'allow-only': { repos: 'all', 'min-integrity': 'none' } },
    },
  };
  const written = (repos: unknown, level: string) => ({ 'allow-only': { repos, 'min-integrity': level } });

  test('is the global one, else the server’s, else the guard’s, else {}', () => {
    const flags = { 'allowonly-scope-owner': 'global', 'allowonly-min-integrity': 'merged' };
    const own = { guard: 'own', 'guard-policies': allowOnly };
    const setting = { guards, discovered: {} };
    assert.deepEqual(policyOf(own, { ...setting, flags }), written(['global/*'], 'merged'));
    assert.deepEqual(policyOf(own, setting), written(['acme/web'], 'approved'));
    assert.deepEqual(policyOf({ guard: 'own' }, setting), written('all', 'none'));
    assert.deepEqual(policyOf({}), {});
  });

  test('may be written flat, by server, or as the guard understands it', () => {
    assert.deepEqual(
      policyOf({ 'guard-policies': { repos: 'public', integrity: 'none' } }),
      written('public', 'none'),
    );
    assert.deepEqual(policyOf({ 'guard-policies': { x: allowOnly } }), written(['acme/web'], 'approved'));
    assert.deepEqual(policyOf({ 'guard-policies': { rulesets: [] } }), { rulesets: [] });
  });

  test('keeps its limits on calls from the guard', () => {
    const limited = { 'allow-only': { ...allowOnly['allow-only'], 'tool-call-limits': { get: 3 } } };
    const guard = guardOf({ 'guard-policies': limited }, { discovered: { x: found } });
    assert.ok(guard.kind === 'wasm');
    assert.deepEqual(guard.toolCallLimits, [['get', 3]]);
    assert.deepEqual(guard.policy, written(['acme/web'], 'approved'));
  });

  test('names the trusted bots', () => {
    const gateway = { trustedBots: ['renovate[bot]'] };
    assert.deepEqual(policyOf({ 'guard-policies': allowOnly }, { gateway }), {
      ...written(['acme/web'], 'approved'),
      'trusted-bots': ['renovate[bot]'],
    });
  });
});

suite('under the workflow of a repository', () => {
  const known = (visibility: 'public' | 'private'): WorkflowRepository => ({ kind: 'known', visibility });
  const unknown: WorkflowRepository = { kind: 'unknown', reason: 'GitHub answered 403' };
  const narrowed = { 'allow-only': { repos: 'public', 'min-integrity': 'approved' } };
  const wide = { 'allow-only': { repos: ['acme/web'], 'min-integrity': 'approved' } };
  const own = { 'guard-policies': allowOnly };

  test('that is public, or may be, policies are for public repositories', () => {
    assert.deepEqual(policyOf(own, { workflow: known('public') }), narrowed);
    assert.deepEqual(policyOf(own, { workflow: unknown }), narrowed);
    assert.deepEqual(policyOf(own, { workflow: known('private') }), wide);
    assert.deepEqual(policyOf(own, { workflow: { kind: 'none' } }), wide);
    const flags = { 'allowonly-scope-owner': 'global', 'allowonly-min-integrity': 'merged' };
    assert.deepEqual(policyOf(own, { workflow: unknown, flags }), {
      'allow-only': { repos: 'public', 'min-integrity': 'merged' },
    });
  });

  test('that is public a guard without a policy gets one, and one of its own kind stays', () => {
    assert.deepEqual(policyOf({}, { workflow: known('public') }), {
      'allow-only': { repos: 'public', 'min-integrity': 'none' },
    });
    assert.deepEqual(policyOf({}, { workflow: unknown }), {});
    assert.deepEqual(policyOf({ 'guard-policies': { rules: [] } }, { workflow: known('public') }), {
      rules: [],
    });
  });

  test('policies stay as they are where the operator says so', () => {
    const workflow = known('public');
    assert.deepEqual(policyOf(own, { workflow, gateway: { forcePublicRepos: false } }), wide);
    assert.deepEqual(policyOf(own, { workflow, env: { MCP_GATEWAY_FORCE_PUBLIC_REPOS: 'false' } }), wide);
  });

  const sinkOf = (name: string, visibility: string | undefined, setting: Setting) => {
    const policy = { 'write-sink': { accept: ['*'], ...(visibility && { 'sink-visibility': visibility }) } };
    const guard = guardOf({ 'guard-policies': policy }, { name, ...setting });
    assert.ok(guard.kind === 'write-sink');
    return guard.sinkVisibility;
  };
  const sinks: readonly (readonly [
    about: string,
    name: string,
    said: string | undefined,
    setting: Setting,
    held: string | null,
  ])[] = [
    ['a sink that says nothing', 'x', undefined, {}, 'public'],
    [
      'a sink that says nothing and is exempt',
      'x',
      undefined,
      { gateway: { sinkVisibilityExemptServers: ['x'] } },
      null,
    ],
    [
      'a sink that says nothing where nothing is forced',
      'x',
      undefined,
      { gateway: { forcePublicRepos: false } },
      null,
    ],
    [
      'a sink that says nothing where a variable says false',
      'x',
      undefined,
      { env: { MCP_GATEWAY_FORCE_PUBLIC_REPOS: 'false' } },
      'public',
    ],
    ['safe-outputs', 'safe-outputs', undefined, { workflow: known('private') }, null],
    ['safe-outputs of a public workflow', 'safeoutputs', undefined, { workflow: known('public') }, 'public'],
    [
      'safe-outputs of a workflow that nobody could ask about',
      'safeoutputs',
      undefined,
      { workflow: unknown },
      'public',
    ],
    ['a private sink', 'x', 'private', { workflow: known('private') }, 'private'],
    ['a private sink of a public workflow', 'x', 'private', { workflow: known('public') }, 'public'],
    [
      'a private sink of a workflow that nobody could ask about',
      'x',
      'private',
      { workflow: unknown },
      'public',
    ],
  ];
  for (const [about, name, said, setting, held] of sinks) {
    test(`${about} is ${held ?? 'what it accepts'}`, () => assert.equal(sinkOf(name, said, setting), held));
  }
});
