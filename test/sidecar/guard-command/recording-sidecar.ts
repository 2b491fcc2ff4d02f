import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GuardStream } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { root } from './guard-command.ts';

/** A real sidecar with `sluice guard record` in front of it, both processes of their own. */
export class RecordingSidecar implements AsyncDisposable {
  /** Where the recorder listens. */
  readonly address: string;
  /** Where it writes. */
  readonly cases: string;
  readonly #sidecar: RunningSidecar;
  readonly #child: ReturnType<typeof startRecorder>;
  readonly #notes: Promise<string>;
  readonly #counts: Promise<string>;
  readonly #client: LabelerServiceClient;

  private constructor(sidecar: RunningSidecar, child: ReturnType<typeof startRecorder>) {
    this.#sidecar = sidecar;
    this.#child = child;
    this.address = `unix:${join(sidecar.folder, 'recorder.sock')}`;
    this.cases = join(sidecar.folder, 'cases');
    this.#notes = text(child.stderr);
    this.#counts = text(child.stdout);
    this.#client = new LabelerServiceClient(this.address, credentials.createInsecure());
  }

  static async start(guards: object, ...args: readonly string[]): Promise<RecordingSidecar> {
    const sidecar = await RunningSidecar.start(guards);
    const recording = new RecordingSidecar(sidecar, startRecorder(sidecar, args));
    await recording.#listens();
    return recording;
  }

  stream(): GuardStream {
    return new GuardStream(this.#client.session());
  }

  /** Stops recording: what was counted, and what was noted. */
  async stop(signal: NodeJS.Signals = 'SIGTERM') {
    const exited = once(this.#child, 'close');
    this.#child.kill(signal);
    const [exitCode] = await exited;
    return { exitCode, counts: JSON.parse(await this.#counts), notes: await this.#notes };
  }

  /** The texts of what was written, in its order. */
  async texts(): Promise<string[]> {
    const files = (await readdir(this.cases)).sort();
    return Promise.all(files.map((file) => readFile(join(this.cases, file), 'utf8')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#sidecar[Symbol.asyncDispose]();
  }

  /** The first thing that it says is that it listens. */
  async #listens(): Promise<void> {
    await Promise.race([once(this.#child.stderr, 'data'), this.#counts]);
  }
}

function startRecorder({ folder, address }: RunningSidecar, args: readonly string[]) {
  const listen = `unix:${join(folder, 'recorder.sock')}`;
  const places = ['--listen', listen, '--to', address, '--into', join(folder, 'cases')];
  const command = [join(root, 'cli', 'main.ts'), 'guard', 'record', ...places];
  const config = ['--config', join(folder, 'sluice.json'), '--json'];
  return spawn(process.execPath, [...command, ...config, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}
