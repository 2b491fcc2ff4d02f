const nanosecondsPerMillisecond = 1_000_000n;

interface Clock {
  /** In nanoseconds. */
  readonly resolution: bigint;
  /** In nanoseconds. */
  readonly now: () => bigint;
}

/** The clocks by WASI's number: realtime and monotonic. How much CPU time a guest burnt is not its business. */
const clocks: readonly Clock[] = [
  { resolution: nanosecondsPerMillisecond, now: () => BigInt(Date.now()) * nanosecondsPerMillisecond },
  { resolution: 1n, now: () => process.hrtime.bigint() },
];

/** The clock of that number, where there is one. */
export function clockOf(id: number): Clock | undefined {
  return clocks[id];
}
