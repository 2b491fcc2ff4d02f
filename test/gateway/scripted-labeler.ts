import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';
import {
  LabelerServiceService,
  Mode,
  type Open,
  type SessionRequest,
  type SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';

type Message = NonNullable<SessionRequest['message']>;
type Kind = Message['$case'];
type MessageOf<K extends Kind> = Extract<Message, { $case: K }>;

/** A stream's end as the sidecar sends it. */
export function statusOf(reason: string): object {
  const info = ErrorInfo.encode({ reason, domain: 'sluice.dev', metadata: {} }).finish();
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: info }];
  return withDetails(Buffer.from(Status.encode({ code: 13, message: 'why', details }).finish()));
}

/** A stream's end with these details. */
export function withDetails(details: Buffer): object {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', details);
  return { code: status.INTERNAL, message: 'why', metadata };
}

/** One session, as the sidecar's side of it. */
export class ScriptedSession {
  readonly #stream: ServerDuplexStream<SessionRequest, SessionResponse>;
  readonly #messages: Message[] = [];
  #grown = Promise.withResolvers<void>();
  /** Settles when the gateway has cancelled the stream, or its own end of it. */
  readonly ended: Promise<void>;

  constructor(stream: ServerDuplexStream<SessionRequest, SessionResponse>) {
    this.#stream = stream;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    stream.on('cancelled', () => ended.resolve());
    stream.on('end', () => ended.resolve());
    stream.on('error', () => ended.resolve());
    stream.on('data', ({ message }: SessionRequest) => {
      if (message !== undefined) this.#messages.push(message);
      this.#grown.resolve();
      this.#grown = Promise.withResolvers<void>();
    });
  }

  /** The next message of a kind; those of other kinds stay. */
  async next<K extends Kind>(kind: K): Promise<MessageOf<K>['value']> {
    for (;;) {
      const message = this.#messages.find((each): each is MessageOf<K> => each.$case === kind);
      if (message !== undefined) {
        this.#messages.splice(this.#messages.indexOf(message), 1);
        return message.value as MessageOf<K>['value'];
      }
      await this.#grown.promise;
    }
  }

  send(message: NonNullable<SessionResponse['message']>): void {
    this.#stream.write({ message });
  }

  /** Answers `open`. */
  async accept(mode: Mode = Mode.MODE_FILTER): Promise<Open> {
    const open = await this.next('open');
    const agent = { description: '', secrecy: ['granted'], integrity: [] };
    const value = { agent, mode, guardDigest: '', normalizedPolicy: new Uint8Array() };
    this.send({ $case: 'opened', value });
    return open;
  }

  /** Ends the stream with status OK. */
  end(): void {
    this.#stream.end();
  }

  /** Ends the stream with a status. */
  fail(error: object): void {
    this.#stream.emit('error', error);
  }
}

/** A labeling service that does what a test says, on a socket of its own. */
export class ScriptedLabeler implements AsyncDisposable {
  /** A socket in its folder, or where it was told to listen. */
  readonly address: string;
  readonly #folder: string;
  readonly #server = new Server();
  readonly #sessions: ScriptedSession[] = [];
  #arrival = Promise.withResolvers<void>();

  private constructor(folder: string, listen?: string) {
    this.#folder = folder;
    this.address = listen ?? `unix:${join(folder, 'labeler.sock')}`;
    this.#server.addService(LabelerServiceService, {
      session: (stream: ServerDuplexStream<SessionRequest, SessionResponse>) => {
        this.#sessions.push(new ScriptedSession(stream));
        this.#arrival.resolve();
        this.#arrival = Promise.withResolvers<void>();
      },
    });
  }

  static async start(listen?: string): Promise<ScriptedLabeler> {
    const labeler = new ScriptedLabeler(await mkdtemp(join(tmpdir(), 'sluice-test-')), listen);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const credentials = ServerCredentials.createInsecure();
    labeler.#server.bindAsync(labeler.address, credentials, (error) => (error ? reject(error) : resolve()));
    await promise;
    return labeler;
  }

  /** The next session that the gateway has opened; undefined where there is none yet. */
  takeSession(): ScriptedSession | undefined {
    return this.#sessions.shift();
  }

  /** The next session that the gateway opens. */
  async session(): Promise<ScriptedSession> {
    for (;;) {
      const session = this.takeSession();
      if (session !== undefined) return session;
      await this.#arrival.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
