import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { OpenWire, Wire } from './wire.ts';

/** A server's program, with all of its environment. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A server as a process of the test's own: a message a line. */
export function stdioWire({ command, args, env }: Program): OpenWire {
  return async (receive) => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    await once(child, 'spawn');
    return new StdioWire(child, receive);
  };
}

class StdioWire implements Wire {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #rest = '';

  constructor(child: ChildProcessByStdio<Writable, Readable, null>, receive: (text: string) => void) {
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) receive(line);
    });
  }

  async send(text: string): Promise<void> {
    this.#child.stdin.write(`${text}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
