import type { GuardAdministration, GuardStatus } from '../../sidecar/guard/guard-status.ts';
import { GuardError } from '../../sidecar/guard-error.ts';
import { defaultGuardLimits } from '../../sidecar/guard-limits.ts';

/** A guard with a different figure in each place. */
export const githubGuard: GuardStatus = {
  name: 'github',
  state: 'serving',
  reason: '',
  reloadProblem: 'it has no export "memory"',
  version: {
    digest: 'a'.repeat(64),
    moduleBytes: 308_000,
    loadedAt: new Date('2026-11-22T10:00:00.250Z'),
    facts: {
      exports: [
        { name: 'memory', kind: 'memory', index: 0 },
        { name: 'label_agent', kind: 'function', index: 7 },
      ],
      imports: [{ module: 'env', name: 'call_backend', kind: 'function', signature: '(i32) -> i32' }],
      memory: { minimumPages: 17, maximumPages: 65_536 },
      hasAlloc: true,
      hasInitialize: false,
      hasStart: true,
    },
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
    cpuMs: 10.6,
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
        role: 'spare',
        ageMs: 17.2,
        calls: 18,
        instances: 19,
        residentBytes: 5_000_000_000,
        cpuMs: 20.7,
      },
    ],
  },
};

/** A guard that never loaded, with a sentence of its own that nobody should print as it is. */
export const brokenGuard: GuardStatus = {
  ...githubGuard,
  name: 'broken',
  state: 'unavailable',
  reason: 'it said \u001b[31mred\u001b[0m\nand more',
  reloadProblem: '',
  version: undefined,
  live: { ...githubGuard.live, processes: [] },
};

/** Two guards, and what was asked of them. The sidecar's own administration is tested with the sidecar. */
export function knownGuards(): GuardAdministration & { readonly asked: string[] } {
  const asked: string[] = [];
  const known = async (name: string, what: string) => {
    asked.push(what);
    if (name === 'github') return githubGuard;
    throw new GuardError('GUARD_NOT_FOUND', `no guard "${name}" is configured`);
  };
  return {
    asked,
    list: () => [githubGuard, brokenGuard],
    load: (name) => known(name, `load ${name}`),
    release: (name) => known(name, `release ${name}`),
    quarantine: (name, reason) => known(name, `quarantine ${name}: ${reason}`),
    reload: async () => {
      asked.push('reload');
      return [
        { name: 'github', outcome: 'reloaded', problem: '' },
        { name: 'broken', outcome: 'failed', problem: 'its file is empty\n' },
      ];
    },
  };
}
