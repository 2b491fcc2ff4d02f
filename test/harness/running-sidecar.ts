import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GuardStream } from './guard-stream.ts';
import { temporaryFolder } from './wasm-guard.ts';

const sidecarMain = join(import.meta.dirname, '..', '..', 'sidecar', 'main.ts');

/** A real sidecar as a process of its own, on a socket in a temporary folder. */
export class RunningSidecar implements AsyncDisposable {
  readonly folder: string;
  readonly address: string;
  readonly child: ChildProcess;
  readonly client: LabelerServiceClient;
  #log = '';

  private constructor(folder: string, address: string) {
    this.folder = folder;
    this.address = address;
    const args = [sidecarMain, '--config', join(folder, 'sluice.json'), '--listen', address, '--stop-with-stdin'];
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'], env: {} });
    this.child.stderr?.on('data', (chunk) => {
      this.#log += chunk;
    });
    this.client = new LabelerServiceClient(address, credentials.createInsecure());
  }

  /** Starts one with these guards, and waits until it listens. */
  static async start(guards: object, listen?: string): Promise<RunningSidecar> {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'sluice.json'), JSON.stringify({ guards }));
    const sidecar = new RunningSidecar(folder, listen ?? `unix:${join(folder, 'guard.sock')}`);
    await sidecar.logged('sidecar listens');
    return sidecar;
  }

  /** What it logged so far: one JSON object a line. */
  get log(): string {
    return this.#log;
  }

  /** Waits for a line of the log. Throws when the process ends before. */
  async logged(text: string): Promise<void> {
    while (!this.#log.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`the sidecar ended: ${this.#log}`);
      await Promise.race([once(this.child.stderr ?? this.child, 'data'), once(this.child, 'exit')]);
    }
  }

  /** A guard session: opened when the promise resolves. */
  async open(guard: string, policy: object = {}): Promise<GuardStream> {
    const stream = this.stream();
    await stream.open(guard, policy);
    return stream;
  }

  /** A stream on which nothing was said yet. */
  stream(): GuardStream {
    return new GuardStream(this.client.session());
  }

  /** The process ids of its guard processes. */
  async guardProcesses(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const parents = await Promise.all(pids.map(parentOf));
    return pids.filter((_, index) => parents[index] === this.child.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.stdin?.end();
      await once(this.child, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
