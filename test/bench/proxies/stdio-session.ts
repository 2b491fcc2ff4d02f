import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { type CallSession, callText, expectAnswer, opening } from './call-session.ts';

/** A session with a server that is a process of the bench's own. */
export class StdioSession implements CallSession {
  readonly #server: ChildProcessByStdio<Writable, Readable, null>;
  /** In order: the server answers in the order of the calls. */
  readonly #waiting: ((line: string) => void)[] = [];
  #calls = 0;

  private constructor(program: string) {
    this.#server = spawn(process.execPath, [program], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
    let rest = '';
    this.#server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#waiting.shift()?.(line);
    });
  }

  static async open(program: string): Promise<StdioSession> {
    const session = new StdioSession(program);
    await session.#ask(opening.initialize);
    session.#server.stdin.write(`${opening.initialized}\n`);
    return session;
  }

  get pid(): number {
    return this.#server.pid ?? 0;
  }

  async call(): Promise<void> {
    this.#calls++;
    const id = this.#calls;
    expectAnswer(await this.#ask(callText(id)), id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#server, 'exit');
    this.#server.stdin.end();
    await gone;
  }

  #ask(text: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push(resolve);
    this.#server.stdin.write(`${text}\n`);
    return promise;
  }
}
