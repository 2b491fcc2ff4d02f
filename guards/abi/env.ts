// The functions of the host, as the guard ABI names them. The compiler takes the name of this file for their module.

/** Adds a line to the guard's log. Levels: 0 debug, 1 info, 2 warning, 3 error. */
export declare function host_log(level: i32, text: usize, size: i32): void;

/** Asks a tool of the guarded server; the size of the answer at `out`, or a negative code. */
export declare function call_backend(
  tool: usize,
  toolSize: i32,
  args: usize,
  argsSize: i32,
  out: usize,
  outSize: i32,
): i32;
