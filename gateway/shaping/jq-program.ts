/** What is asked of the thread that runs jq, and what it answers. */

/** `check`: does jq take this program? `run`: what does it make of this JSON text? */
export type JqRequest =
  | { readonly kind: 'check'; readonly program: string }
  | { readonly kind: 'run'; readonly program: string; readonly input: string };

/** `ready`: what the thread says first. `refused`: jq's own words about the program; it saw no data. `failed`: why, without words: they would hold data. */
export type JqReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'output'; readonly json: string }
  | { readonly kind: 'failed'; readonly why: 'time' | 'memory' | 'error' | 'queue' };

/** The largest output of a filter, in bytes: as large as the answer of a server may be. */
const maxOutputBytes = 32 * 1024 * 1024;

/**
 * A filter is a function of the result and nothing else: it has no environment, reads no further input, writes nothing
 * but its output and cannot end jq. Without this `stderr` could fill the memory outside of jq's own.
 */
const prelude = [
  '{} as $ENV | def env: {};',
  'def input: error("a filter has one input"); def inputs: input;',
  'def debug: .; def debug(message): .; def stderr: .;',
  'def halt: error("a filter cannot halt"); def halt_error: halt; def halt_error(code): halt;',
].join(' ');

/**
 * The program that jq runs for a filter: it writes the array of the first two outputs. As a text first, whose length is
 * known: values that share their parts can be small in memory and endless when they are written.
 */
export function boundedProgram(program: string): string {
  // jq reads a comment that ends in a backslash on into the next line: hence the empty one.
  return `${prelude} [limit(2; (\n${program}\n\n))] | tojson | if utf8bytelength > ${maxOutputBytes} then error("too large") else . end`;
}
