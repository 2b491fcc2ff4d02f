/** What operators may set for each guard under `guards.*.limits`: the unit in the name, the reason above. */

/** A whole number from `minimum` to `maximum`; `default` where nothing is configured. */
export interface LimitRange {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

export const guardLimitRanges = Object.freeze({
  /**
   * Pages of 64 KiB in one memory of an instance. 512 are 32 MiB: a 4 MiB output buffer, and a response of a megabyte
   * parsed and echoed. The maximum is 1 GiB: a process is meant to hold many instances.
   */
  memoryPages: { default: 512, minimum: 1, maximum: 16_384 },
  /**
   * Entries of one table. Guards have as many as functions that are called indirectly, at most some 20,000 (Go). A
   * table of ten million aborts the process, a hundred of a million each hang it (hostile-guards.md).
   */
  tableEntries: { default: 65_536, minimum: 1, maximum: 1_000_000 },
  /** Time for one labeling, with waiting for backends and for a free process. A tool call has 60 s by default. */
  deadlineMs: { default: 5_000, minimum: 10, maximum: 600_000 },
  /** Time in the guest for one labeling. Labeling 100 items takes 1 ms, so 1,000 ms are a loop. */
  cpuMs: { default: 1_000, minimum: 5, maximum: 60_000 },
  /** Backend calls in one labeling: the ABI's 50 are one lookup for each item of half a page. */
  backendCalls: { default: 50, minimum: 0, maximum: 1_000 },
  /** Processes that label at the same time, a warm spare not counted. One labels 700 pages of 100 items a second. */
  processes: { default: 1, minimum: 1, maximum: 16 },
  /** Memory of one process. Empty it takes 80 to 100 MiB, much of it shared; 20 instances whose memories of 512 pages are full take 682 MiB. */
  residentMiB: { default: 768, minimum: 128, maximum: 16_384 },
  /** Turns that wait for one process. At 1 ms each the last one waits a quarter of a second. */
  queueLength: { default: 256, minimum: 1, maximum: 10_000 },
  /** Instances that rest between the questions of their sessions; priming another takes 0.2 ms, keeping one memory. */
  idleInstances: { default: 16, minimum: 0, maximum: 1_000 },
} satisfies Record<string, LimitRange>);

/** The name of a limit. */
export type GuardLimitName = keyof typeof guardLimitRanges;

/** The limits of one guard. */
export type GuardLimits = Readonly<Record<GuardLimitName, number>>;

/** What holds where nothing is configured. */
export const defaultGuardLimits: GuardLimits = Object.freeze({
  memoryPages: guardLimitRanges.memoryPages.default,
  tableEntries: guardLimitRanges.tableEntries.default,
  deadlineMs: guardLimitRanges.deadlineMs.default,
  cpuMs: guardLimitRanges.cpuMs.default,
  backendCalls: guardLimitRanges.backendCalls.default,
  processes: guardLimitRanges.processes.default,
  residentMiB: guardLimitRanges.residentMiB.default,
  queueLength: guardLimitRanges.queueLength.default,
  idleInstances: guardLimitRanges.idleInstances.default,
});
