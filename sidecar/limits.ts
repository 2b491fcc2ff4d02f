// Every limit of the sidecar that is no setting: its unit in its name, its reason above it.

const MiB = 1024 * 1024;

// What goes into a guard and comes out of it (the guard ABI, "Calling convention").

/** The ABI's: 8 MiB hold the largest tool results in use several times over. */
export const maxInputBytes = 8 * MiB;

/** The ABI's: twice the input, because the item form echoes the response and adds labels. */
export const maxOutputBytes = 16 * MiB;

/** Twice the 128 levels that serde_json, which most guards read with, accepts; shallow enough for any recursive reader. */
export const maxJsonDepth = 256;

/** A policy of 1,000 repositories grants four integrity tags for each; 100,000 tags are an attack. */
export const maxTagsPerLabel = 4096;

/** A tag names an owner and a repository, a path or a mail address: some 300 bytes at the longest. */
export const maxTagBytes = 1024;

/** Pages hold 100 items, recursive listings some 10,000; the gateway looks at each of them. */
export const maxLabeledEntries = 100_000;

/** The tags of one response together: ten for each of the most entries. Keeps the parse below half a second. */
export const maxTagsPerOutput = 1_000_000;

/** What a person reads of a guard's own words, in characters; the rest is cut. */
export const maxGuardTextLength = 1000;

// What admission reads of a module before an engine sees it.

/** Types, functions, globals, exports and the like: a guard built with the full Go tool chain has some 20,000 functions. */
export const maxWasmEntries = 100_000;

/** All of WASI and the host functions are 50; a tool chain may import one twice. */
export const maxWasmImports = 1000;

/** The engine's own limit for parameters and for results. */
export const maxWasmParameters = 1000;

/** Tool chains use one, or a few with reference types; the engine's size limit holds for each table by itself. */
export const maxWasmTables = 16;

/** Debug builds have about 20 custom sections. */
export const maxWasmCustomSections = 10_000;

/** Bytes of one function's body: the engine's own limit (V8's `kV8MaxWasmFunctionSize`). */
export const maxWasmFunctionBytes = 7_654_321;

// The process that validates a module.

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

// Guard processes. What operators set for each guard is in guard-limits.ts.

/** The full Go tool chain makes 3 to 8 MB; V8 compiles 32 MiB in well under the time below. */
export const maxModuleBytes = 32 * MiB;

/** CPU time for starting a process and compiling a module in it, in milliseconds; the GitHub guard takes 300. */
export const loadCpuMs = 10_000;

/** The same as time that passes, in milliseconds: a sidecar starts all of its guards at once, be the machine ever so busy. */
export const loadDeadlineMs = 60_000;

/** The largest output, the names and numbers around it. */
export const maxFrameBytes = maxOutputBytes + MiB;

/** The ABI's, for a line that a guest logs; whatever else a guard process writes is cut there, too. */
export const maxLogLineBytes = 8 * 1024;

/** What a guard may log at once: twice what one call with all of its 1,000 lines takes, when these are 300 bytes long. */
export const guardLogBurstBytes = MiB;

/** The same for good, a second: a guard that floods writes 2.8 GB a day, which rotation keeps up with. */
export const guardLogBytesPerSecond = 32 * 1024;

/** What stands around a guard's words in a line: time, level, names, two ids of a trace. */
export const logLineOverheadBytes = 200;

/** How long dropped lines are counted before that is said, in milliseconds: a line of its own for each would be a flood, too. */
export const droppedLinesReportMs = 10_000;

/** A guard process's own JavaScript: inputs and outputs, the memory of which lies outside of it. In MiB, Node's unit. */
export const processHeapMiB = 128;

/** How often a process's resident memory is looked at, in milliseconds; a look costs 20 µs. */
export const residentCheckMs = 250;

/** How often a guard's processes are looked at for their age, calls and memory, in milliseconds. */
export const wearCheckMs = 1_000;

/** How much work a guard process may be given at once, in milliseconds of CPU time: what lies ahead waits in the wrong place. */
export const workAheadMs = 2;
/** How many turns a guard process may be given at once, however short they are: each of one session needs an instance. */
export const maxTurnsAhead = 8;

/** A cancelled guest may return by itself in this time, in milliseconds: killing it makes its neighbours run again. */
export const cancelGraceMs = 30;

/** The same for one whose time is over: most that run just then return in a moment. The aim is dead within 50. */
export const deadlineGraceMs = 10;

/** The pauses between tries to start a process where starting fails, in milliseconds. */
export const firstRestartPauseMs = 100;
export const maxRestartPauseMs = 10_000;

/** An endless guest that is not dead after so long, in milliseconds, is a sign that none would be; 40 to 200 are usual. */
export const killProofMs = 10_000;

// Guards that fail, and guards that are reloaded.

/** Failures in a row after which a session has to pause: one may be the input's fault, three are a habit. */
export const failuresBeforePause = 3;

/** Callers in a row for whom a guard has failed, and for nobody it has not, after which all of them pause. */
export const callersBeforePause = 3;

/** The pauses of those who keep failing, in milliseconds: they double. A killed process is replaced in 100 to 200. */
export const firstFailurePauseMs = 200;
export const maxFailurePauseMs = 30_000;

/** The pauses between tries to load a guard that the machine, not its module, kept from loading, in milliseconds. */
export const firstLoadPauseMs = 500;
export const maxLoadPauseMs = 60_000;

/** How long labelings under way may stay with a version that was replaced, in milliseconds: six times the default deadline. */
export const reloadDrainMs = 30_000;

/** Files change in several steps; a watched one is read when it has been left alone for so long, in milliseconds. */
export const settleMs = 200;

// The labeling service.

/** Largest message of the protocol: an output's labels and the items it echoes. */
export const maxMessageBytes = 2 * maxOutputBytes;

/** A question about health names a guard: on the health listener, where anybody may ask. */
export const maxHealthRequestBytes = 4096;

/** HTTP/2 window in bytes: with the default of 64 KiB a megabyte takes three times as long. */
export const http2WindowBytes = 4 * MiB;

/** Questions that one session may have open: each holds its input. A gateway asks a handful. */
export const maxOpenQuestions = 1_000;

/** How long a stopping sidecar waits for labelings that are under way, in milliseconds. */
export const drainMs = 5_000;

/** Connections to a TLS listener: a gateway opens one, and an address is listened on by some dozens of them. */
export const maxTlsConnections = 1_000;

/** How long a handshake may take, in milliseconds: a slow link needs some hundred, who connects and says nothing holds a place. */
export const handshakeTimeoutMs = 10_000;

/** Refused connections are logged one in so many milliseconds, the others counted: anybody may knock. */
export const refusalLogMs = 1_000;

/** A chain of certificates has some 10 KB. */
export const maxTlsFileBytes = 256 * 1024;

// The admin service and reflection.

/** Exports, and imports: real modules have some thirty. With hostile names they take 360 KiB; clients read 4 MiB. */
export const maxShownModuleItems = 256;

/** What a person reads of a name, in characters: mangled Rust names fit. */
export const maxShownNameLength = 120;

/** Names of files and symbols have some hundred bytes; a reflection request is sent back with its answer. */
export const maxReflectionRequestBytes = 4096;
