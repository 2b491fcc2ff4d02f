import type { GuardCounts } from './guard-status.ts';

/** What a guard did, counted where it happens. Shared by all versions of the guard. */
export class GuardCounters implements GuardCounts {
  calls = 0;
  failures = 0;
  traps = 0;
  kills = 0;
  processStarts = 0;
  recycled = 0;
  reruns = 0;
  backendCalls = 0;
  reloads = 0;
  /** Of processes that have ended. */
  cpuMs = 0;
}
