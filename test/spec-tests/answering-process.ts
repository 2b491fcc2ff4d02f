import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How a line was not answered. */
export class NoAnswer extends Error {
  readonly how: 'crash' | 'hang';

  constructor(how: 'crash' | 'hang', message: string) {
    super(message);
    this.how = how;
  }
}

/** A program that answers each line with a line, started again after it crashed or was killed for taking too long. */
export class AnsweringProcess implements Disposable {
  readonly #program: string;
  readonly #timeoutMs: number;
  #child: ChildProcess | undefined;
  #answers: AsyncIterator<string> | undefined;

  constructor(program: string, timeoutMs: number) {
    this.#program = program;
    this.#timeoutMs = timeoutMs;
  }

  /** The answer to a line. Throws NoAnswer. */
  async ask(line: string): Promise<string> {
    const child = this.#running();
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#timeoutMs);
    child.stdin?.write(`${line}\n`);
    const answer = await this.#answers?.next();
    clearTimeout(timer);
    if (answer?.done === false) return answer.value;
    this.#child = undefined;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const wasKilled = child.signalCode === 'SIGKILL';
    throw new NoAnswer(wasKilled ? 'hang' : 'crash', `${child.signalCode ?? `exit code ${child.exitCode}`}`);
  }

  [Symbol.dispose](): void {
    this.#child?.kill('SIGKILL');
  }

  #running(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = spawn(process.execPath, [this.#program], { stdio: ['pipe', 'pipe', 'inherit'] });
    // It may be gone when the next line is written; the missing answer tells.
    child.stdin.on('error', () => undefined);
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#child = child;
    return child;
  }
}
