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
  /**
   * The guest's output: the ABI's 16 MiB hold the echo of the largest input and its labels. Guards are known that
   * answer nonsense with less than 4.
   */
  outputMiB: { default: 16, minimum: 4, maximum: 16 },
  /** Lines that one call may log, the ABI's number: a line for each of 1,000 items. The rest is counted. */
  logLines: { default: 1_000, minimum: 0, maximum: 100_000 },
  /** Processes that label at the same time, a warm spare not counted. One labels 700 pages of 100 items a second. */
  processes: { default: 1, minimum: 1, maximum: 16 },
  /** Memory of one process. Empty it takes 80 to 100 MiB, much of it shared; 20 instances whose memories of 512 pages are full take 682 MiB. */
  residentMiB: { default: 768, minimum: 128, maximum: 16_384 },
  /** Turns that wait for one process. At 1 ms each the last one waits a quarter of a second. */
  queueLength: { default: 256, minimum: 1, maximum: 10_000 },
  /** Time that a new turn waits for a process: whoever gets theirs later has no second left of the default deadline. */
  queueWaitMs: { default: 4_000, minimum: 10, maximum: 600_000 },
  /**
   * Labelings under way in one process, most of them waiting for their backends. Each holds an instance of 0.1 to 1 MiB,
   * and addresses for its memory, of which a process has enough for 13,000.
   */
  instances: { default: 2_000, minimum: 1, maximum: 10_000 },
  /** Instances that rest between the questions of their sessions; priming another takes 0.2 ms, keeping one memory. */
  idleInstances: { default: 16, minimum: 0, maximum: 1_000 },
  /** Calls after which a process is replaced by a new one, without a gap: what leaks slowly has no time to. */
  recycleCalls: { default: 1_000_000, minimum: 1, maximum: 1_000_000_000 },
  /** The same by age: 12 hours. */
  recycleSeconds: { default: 43_200, minimum: 1, maximum: 2_592_000 },
  /** The same by memory, in percent of residentMiB: replaced in time, a process loses no labeling to its limit. */
  recyclePercent: { default: 75, minimum: 10, maximum: 100 },
} satisfies Record<string, LimitRange>);

/** The name of a limit. */
export type GuardLimitName = keyof typeof guardLimitRanges;

/** The limits of one guard. */
export type GuardLimits = Readonly<Record<GuardLimitName, number>>;

const names = Object.keys(guardLimitRanges) as GuardLimitName[];

/** The names of all limits, in their order. */
export const guardLimitNames: readonly GuardLimitName[] = Object.freeze(names);

/** The limits that `value` gives for each name. */
export function guardLimits(value: (name: GuardLimitName) => number): GuardLimits {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<GuardLimitName, number>;
}

/** What holds where nothing is configured. */
export const defaultGuardLimits: GuardLimits = Object.freeze(
  guardLimits((name) => guardLimitRanges[name].default),
);
