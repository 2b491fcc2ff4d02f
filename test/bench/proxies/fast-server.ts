import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Era } from './fast-answers.ts';

/** The fast server over Streamable HTTP, in a process of its own. */
export class FastServer implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  private constructor(url: string, child: ChildProcessByStdio<Writable, Readable, null>) {
    this.url = url;
    this.#child = child;
  }

  static async start(era: Era = 'sessions'): Promise<FastServer> {
    const program = join(import.meta.dirname, 'fast-http-server.ts');
    const child = spawn(process.execPath, [program, era], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
    const [url]: Buffer[] = await once(child.stdout, 'data');
    return new FastServer(String(url).trim(), child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.stdin.end();
    await gone;
  }
}
