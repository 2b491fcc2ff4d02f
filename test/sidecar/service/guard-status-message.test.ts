import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Guard,
  GuardProcessRole,
  GuardState,
  ListGuardsResponse,
  ModuleItemKind,
} from '../../../proto/gen/sluice/admin/v1/admin.ts';
import type { GuardStatus } from '../../../sidecar/guard/guard-status.ts';
import { defaultGuardLimits } from '../../../sidecar/guard-limits.ts';
import { guardMessage } from '../../../sidecar/service/guard-status-message.ts';
import { brokenGuard, githubGuard } from '../../harness/known-guards.ts';

/** As a client reads it. */
function sent(status: GuardStatus): Guard {
  return Guard.decode(Guard.encode(guardMessage(status)).finish());
}

/** A guard whose module has so many exports and imports with such names. */
function guardWith(count: number, name: string): GuardStatus {
  const { version } = githubGuard;
  assert.ok(version !== undefined);
  const exports = Array.from({ length: count }, (_, index) => ({ name, kind: 'function' as const, index }));
  const imports = exports.map((each) => ({ ...each, module: name, signature: name }));
  return { ...githubGuard, version: { ...version, facts: { ...version.facts, exports, imports } } };
}

describe('the message of a guard', () => {
  it('carries every figure under its name, times as whole milliseconds', () => {
    assert.deepEqual(sent(githubGuard), {
      name: 'github',
      state: GuardState.GUARD_STATE_SERVING,
      reason: '',
      reloadProblem: 'it has no export "memory"',
      version: {
        digest: 'a'.repeat(64),
        moduleBytes: 308_000,
        loadedAt: new Date('2026-11-22T10:00:00.250Z'),
        exports: [
          { name: 'memory', kind: ModuleItemKind.MODULE_ITEM_KIND_MEMORY },
          { name: 'label_agent', kind: ModuleItemKind.MODULE_ITEM_KIND_FUNCTION },
        ],
        exportCount: 2,
        imports: [
          {
            module: 'env',
            name: 'call_backend',
            kind: ModuleItemKind.MODULE_ITEM_KIND_FUNCTION,
            signature: '(i32) -> i32',
          },
        ],
        importCount: 1,
        memory: { minimumPages: 17, maximumPages: 65_536 },
        hasAlloc: true,
        hasInitialize: false,
        hasStart: true,
        limits: { ...defaultGuardLimits, cpuMs: 1234 },
      },
      counts: {
        calls: 5_000_000_000,
        failures: 2,
        traps: 3,
        kills: 4,
        processStarts: 5,
        recycled: 6,
        reruns: 7,
        backendCalls: 8,
        reloads: 9,
        cpuMs: 11,
      },
      live: {
        sessions: 11,
        queued: 12,
        labelings: 13,
        instances: 14,
        idleInstances: 15,
        processes: [
          {
            pid: 16,
            role: GuardProcessRole.GUARD_PROCESS_ROLE_SPARE,
            ageMs: 17,
            calls: 18,
            instances: 19,
            residentBytes: 5_000_000_000,
            cpuMs: 21,
          },
        ],
      },
    });
  });

  it('has no version where none ever loaded, and says why in one line that is safe to print', () => {
    const { version, reason } = sent(brokenGuard);
    assert.equal(version, undefined);
    assert.equal(reason, 'it said [31mred [0m and more');
  });

  it('has no maximum of a memory that declares none', () => {
    const { version } = githubGuard;
    assert.ok(version !== undefined);
    const facts = { ...version.facts, memory: { minimumPages: 1, maximumPages: undefined } };
    const message = sent({ ...githubGuard, version: { ...version, facts } });
    assert.deepEqual(message.version?.memory, { minimumPages: 1, maximumPages: undefined });
  });

  it('shows the first of many exports and imports, their number, and the beginning of long names', () => {
    const { version } = sent(guardWith(100_000, `\u001b[31m${'x'.repeat(1000)}`));
    assert.equal(version?.exports.length, 256);
    assert.equal(version.imports.length, 256);
    assert.deepEqual([version.exportCount, version.importCount], [100_000, 100_000]);
    const name = `[31m${'x'.repeat(115)}…`;
    assert.equal(version.exports[0]?.name, name);
    assert.deepEqual(version.imports[0], {
      module: name,
      name,
      kind: ModuleItemKind.MODULE_ITEM_KIND_FUNCTION,
      signature: name,
    });
  });

  it('is so small that ten hostile guards fit into the 4 MiB that clients read', () => {
    const hostile = guardMessage(guardWith(100_000, '\u4e00'.repeat(1000)));
    const guards = Array.from({ length: 10 }, () => hostile);
    assert.ok(ListGuardsResponse.encode({ guards }).finish().length < 4 * 1024 * 1024);
  });

  it('shows a figure that cannot be as 0, and the others as they are', () => {
    const live = { ...githubGuard.live, sessions: -1 };
    const message = sent({ ...githubGuard, live, counts: { ...githubGuard.counts, cpuMs: Number.NaN } });
    assert.deepEqual([message.live?.sessions, message.live?.queued], [0, 12]);
    assert.deepEqual([message.counts?.cpuMs, message.counts?.calls], [0, 5_000_000_000]);
  });

  const states = {
    serving: GuardState.GUARD_STATE_SERVING,
    unavailable: GuardState.GUARD_STATE_UNAVAILABLE,
    held_back: GuardState.GUARD_STATE_HELD_BACK,
    quarantined: GuardState.GUARD_STATE_QUARANTINED,
  } as const;
  for (const state of ['serving', 'unavailable', 'held_back', 'quarantined'] as const) {
    it(`names the state ${state}`, () => assert.equal(sent({ ...githubGuard, state }).state, states[state]));
  }
});
