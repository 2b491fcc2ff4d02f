import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { type EchoHop, echoOptions, echoService } from './echo-service.ts';
import { type EchoedQuestion, echoHops } from './echoed-question.ts';
import type { LabelingPath } from './labeling-path.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** grpc-js with nothing behind it: the same bytes there and back, as often as the labeling sends them. */
export class BareEcho implements AsyncDisposable {
  /** On one stream that is open. */
  readonly onStream: LabelingPath;
  /** A unary call each. */
  readonly asCalls: LabelingPath;
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly #client: Client;

  private constructor(
    { folder, server, client }: { folder: string; server: ChildProcess; client: Client },
    questions: readonly EchoedQuestion[],
  ) {
    this.#folder = folder;
    this.#server = server;
    this.#client = client;
    const stream = new EchoStream(client);
    this.onStream = echoing('bare echo, open stream', questions, (hop) => stream.send(hop));
    this.asCalls = echoing('bare echo, a call each', questions, (hop) => callOnce(client, hop));
  }

  static async start(questions: readonly EchoedQuestion[]): Promise<BareEcho> {
    const folder = await temporaryFolder();
    const address = `unix:${join(folder, 'echo.sock')}`;
    const args = [join(import.meta.dirname, 'echo-server.ts'), address];
    const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    await Promise.race([once(server.stdout, 'data'), failedStart(server)]);
    const client = new Client(address, credentials.createInsecure(), echoOptions);
    return new BareEcho({ folder, server, client }, questions);
  }

  /** The process id of its server. */
  get pid(): number {
    return this.#server.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    const gone = once(this.#server, 'exit');
    this.#server.stdin?.end();
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function echoing(
  name: LabelingPath['name'],
  questions: readonly EchoedQuestion[],
  send: (hop: EchoHop) => Promise<Buffer>,
): LabelingPath {
  const hopsOf = new Map(questions.map((each) => [each.question, echoHops(each)]));
  return {
    name,
    async ask(question: TrackerQuestion): Promise<void> {
      const hops = hopsOf.get(question);
      if (hops === undefined) throw new Error(`nothing was prepared for ${question.name}`);
      for (const hop of hops) {
        const { length } = await send(hop);
        if (length !== hop.answerBytes) throw new Error(`${length} bytes came back for ${question.name}`);
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {},
  };
}

/** One open stream. Answers come in the order of the questions, so a line of who waits is all that it keeps. */
class EchoStream {
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  readonly #waiting: PromiseWithResolvers<Buffer>[] = [];

  constructor(client: Client) {
    const { path, requestSerialize, responseDeserialize } = echoService.repeat;
    this.#stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#stream.on('data', (message: Buffer) => this.#waiting.shift()?.resolve(message));
    this.#stream.on('error', (error: Error) => {
      for (const waiting of this.#waiting) waiting.reject(error);
    });
  }

  send({ request }: EchoHop): Promise<Buffer> {
    const answer = Promise.withResolvers<Buffer>();
    this.#waiting.push(answer);
    this.#stream.write(request);
    return answer.promise;
  }
}

function callOnce(client: Client, { request }: EchoHop): Promise<Buffer> {
  const { path, requestSerialize, responseDeserialize } = echoService.once;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) => {
    if (error !== null || answer === undefined) reject(error ?? new Error('the echo answered nothing'));
    else resolve(answer);
  });
  return promise;
}

async function failedStart(server: ChildProcess): Promise<never> {
  const [code] = await once(server, 'exit');
  throw new Error(`the echo server ended with ${code}`);
}
