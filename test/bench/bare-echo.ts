import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { SessionRequest } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { echoOptions, echoService } from './echo-service.ts';
import type { LabelingPath } from './labeling-path.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** A question with the answer that the sidecar sends to it, as bytes of the protocol. */
export interface EchoedQuestion {
  readonly question: TrackerQuestion;
  readonly answer: Uint8Array;
}

/** grpc-js with nothing behind it: the same bytes there and back, on an open stream for each question. */
export class BareEcho implements LabelingPath {
  readonly name = 'bare echo, socket';
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly #client: Client;
  readonly #streams = new Map<TrackerQuestion, EchoStream>();

  private constructor(folder: string, server: ChildProcess, client: Client) {
    this.#folder = folder;
    this.#server = server;
    this.#client = client;
  }

  static async start(questions: readonly EchoedQuestion[]): Promise<BareEcho> {
    const folder = await temporaryFolder();
    const address = `unix:${join(folder, 'echo.sock')}`;
    const args = [join(import.meta.dirname, 'echo-server.ts'), address];
    const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    await Promise.race([once(server.stdout, 'data'), failedStart(server)]);
    const client = new Client(address, credentials.createInsecure(), echoOptions);
    const echo = new BareEcho(folder, server, client);
    for (const { question, answer } of questions) echo.#open(question, Buffer.from(answer));
    return echo;
  }

  /** The process id of its server. */
  get pid(): number {
    return this.#server.pid ?? 0;
  }

  /** The bytes that came back. */
  ask(question: TrackerQuestion): Promise<Buffer> {
    const stream = this.#streams.get(question);
    if (stream === undefined) throw new Error(`nothing was prepared for ${question.name}`);
    return stream.ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    const gone = once(this.#server, 'exit');
    this.#server.stdin?.end();
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #open(question: TrackerQuestion, answer: Buffer): void {
    const { path, requestSerialize, responseDeserialize } = echoService.repeat;
    const stream = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#streams.set(question, new EchoStream(stream, requestBytes(question), answer));
  }
}

/** One open stream. Answers come in the order of the questions, so a line of who waits is all that it keeps. */
class EchoStream {
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  readonly #request: Buffer;
  readonly #waiting: PromiseWithResolvers<Buffer>[] = [];

  constructor(stream: ClientDuplexStream<Buffer, Buffer>, request: Buffer, answer: Buffer) {
    this.#stream = stream;
    this.#request = request;
    stream.on('data', (message: Buffer) => this.#waiting.shift()?.resolve(message));
    stream.on('error', (error: Error) => {
      for (const waiting of this.#waiting) waiting.reject(error);
    });
    stream.write(answer);
  }

  ask(): Promise<Buffer> {
    const answer = Promise.withResolvers<Buffer>();
    this.#waiting.push(answer);
    this.#stream.write(this.#request);
    return answer.promise;
  }
}

/** A question as bytes of the protocol. */
export function requestBytes({ ask }: TrackerQuestion): Buffer {
  const value = { id: 1, timeoutMs: 0, traceparent: '', question: ask };
  return Buffer.from(SessionRequest.encode({ message: { $case: 'ask', value } }).finish());
}

async function failedStart(server: ChildProcess): Promise<never> {
  const [code] = await once(server, 'exit');
  throw new Error(`the echo server ended with ${code}`);
}
