export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Longest message, in characters: what a server says in an error may be a page. */
const maxMessageLength = 4_000;

/**
 * The gateway's log: one JSON object a line, on standard error. No payloads, no tags, no keys. The lines of one turn of the
 * event loop are written together: each write to a pipe holds everybody up.
 */
export class Log {
  readonly #output: NodeJS.WritableStream;
  #unwritten = '';

  constructor(output: NodeJS.WritableStream) {
    this.#output = output;
  }

  write(level: LogLevel, message: string, fields: Readonly<Record<string, string | number>> = {}): void {
    const line = {
      time: new Date().toISOString(),
      level,
      process: 'gateway',
      message: message.slice(0, maxMessageLength),
      ...fields,
    };
    if (this.#unwritten === '') setImmediate(() => this.flush());
    this.#unwritten += `${JSON.stringify(line)}\n`;
  }

  /** Writes what is left. Before the process ends, since nothing turns after that. */
  flush(): void {
    const lines = this.#unwritten;
    this.#unwritten = '';
    if (lines !== '') this.#output.write(lines);
  }
}
