// Limits of what is read of a guard's module before the engine sees it, and of the process that validates it: the unit in
// the name, the reason above.

/** Bytes of one function's body: the engine's own limit (V8's `kV8MaxWasmFunctionSize`). */
export const maxWasmFunctionBytes = 7_654_321;

/**
 * CPU time for validating one module, in milliseconds. The largest that tool chains make (Go, 12 MB) takes 1 s, the largest that
 * guards may have 2 s; more is a module made to take long.
 */
export const validatorCpuMs = 10_000;

/** The same as time that passes, in milliseconds: a sidecar starts all of its guards at once, be the machine ever so busy. */
export const validatorDeadlineMs = 60_000;

/** Resident memory in MiB. Go's 12 MB take 250, one function of the engine's largest size 580. */
export const validatorResidentMiB = 768;

/** What the validator's own memory may grow to, in pages of 64 KiB: 576 MiB, so that most that is too large ends with words. */
export const validatorMemoryPages = 9_216;

/** V8's stack, in KiB: room for the 16,384 levels of blocks that the validator accepts. The system gives a process 8 MiB. */
export const validatorStackKiB = 3_900;

/** The process's JavaScript: it holds no module there. In MiB, Node's unit. */
export const validatorHeapMiB = 64;

/** How often its CPU time and its memory are looked at, in milliseconds; a look costs 40 µs. */
export const validatorCheckMs = 50;

/** A verdict is one line with at most one complaint in it. */
export const maxVerdictBytes = 64 * 1024;

/** Validators at the same time: each may take all of its memory, and each has a core to itself. */
export const maxValidators = 2;

/** Verdicts that are remembered; a line each. */
export const maxVerdicts = 256;
