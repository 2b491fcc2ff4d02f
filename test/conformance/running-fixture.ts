import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The program of the conformance fixture. */
export const fixtureMain = join(import.meta.dirname, 'fixture', 'main.ts');

/** A conformance fixture as a process of its own, over HTTP. */
export class RunningFixture implements AsyncDisposable {
  readonly url: string;
  /** Settles with its exit code when it is gone. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess, exited: Promise<number | null>) {
    this.url = url;
    this.#child = child;
    this.exited = exited;
  }

  /** Starts one, on any free port where none is given, and waits until it listens. */
  static async start(era: 'legacy' | 'modern', port = 0): Promise<RunningFixture> {
    const child = spawn(process.execPath, [fixtureMain, '--era', era, '--listen', `127.0.0.1:${port}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'close').then(([code]) => code);
    for await (const line of createInterface({ input: child.stdout })) {
      return new RunningFixture(JSON.parse(line).url, child, exited);
    }
    throw new Error(`the fixture ended with ${await exited} before it listened`);
  }

  /** Ends its input, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.exited;
  }
}
