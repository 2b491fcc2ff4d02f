import type { Readable } from 'node:stream';

/** Longest line that is logged, in characters: a server must not fill memory with a line that never ends. */
const maxLineLength = 2_000;

/** So much of what a server said last is kept, in characters: enough for the trace of what killed it. */
const keptLength = 64 * 1024;

/** The standard error of a server: line by line into a log, and its end kept for the words of an error. */
export class ErrorOutput {
  #kept = '';
  #line = '';

  constructor(stream: Readable, log: (line: string) => void) {
    stream.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk, log));
    stream.on('end', () => {
      if (this.#line !== '') log(this.#line);
    });
    // What is wrong with it shows at the process.
    stream.on('error', () => undefined);
  }

  /** What was said last, 64 Ki characters of it. */
  get text(): string {
    return this.#kept;
  }

  /** The last line that says something; empty where nothing was said. */
  get lastLine(): string {
    return this.#kept.trimEnd().split('\n').at(-1)?.slice(0, maxLineLength).trim() ?? '';
  }

  #take(chunk: string, log: (line: string) => void): void {
    this.#kept = (this.#kept + chunk).slice(-keptLength);
    const lines = (this.#line + chunk).split('\n');
    this.#line = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) log(line.slice(0, maxLineLength));
  }
}
