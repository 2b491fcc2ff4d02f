export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Longest message, in characters: what a server says in an error may be a page. */
const maxMessageLength = 4_000;

/** The gateway's log: one JSON object a line, on standard error. No payloads, no tags, no keys. */
export class Log {
  readonly #output: NodeJS.WritableStream;

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
    this.#output.write(`${JSON.stringify(line)}\n`);
  }
}
