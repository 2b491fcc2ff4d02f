import type { LogLevel } from './guest/protocol.ts';

/** The sidecar's log: one JSON object a line, on standard error. */
export class Log {
  readonly #output: NodeJS.WritableStream;

  constructor(output: NodeJS.WritableStream) {
    this.#output = output;
  }

  write(level: LogLevel, message: string, fields: Readonly<Record<string, string | number>> = {}): void {
    const line = { time: new Date().toISOString(), level, process: 'sidecar', message, ...fields };
    this.#output.write(`${JSON.stringify(line)}\n`);
  }
}
