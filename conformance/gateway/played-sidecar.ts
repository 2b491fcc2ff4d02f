import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import {
  type Ask,
  LabelerServiceService,
  type LabelResource,
  type LabelResponse,
  Operation,
  type SessionRequest,
  type SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { UsageError } from '../command-line.ts';
import { OrderRules } from './order-rules.ts';
import { PlayedSession, publicLabels } from './played-session.ts';

/** What the played sidecar does; where nothing is said, everything is public, and a read. */
export interface Scene {
  readonly open?: (session: PlayedSession) => Promise<void> | void;
  readonly resource?: (session: PlayedSession, id: number, question: LabelResource) => Promise<void> | void;
  readonly response?: (session: PlayedSession, id: number, question: LabelResponse) => Promise<void> | void;
}

/** What everything is labelled, where a scene says nothing else. */
export const publicRead = {
  $case: 'resource' as const,
  value: { resource: publicLabels, operation: Operation.OPERATION_READ },
};

type Stream = ServerDuplexStream<SessionRequest, SessionResponse>;

/** Largest message of the protocol, in bytes. */
const maxMessageBytes = 32 * 1024 * 1024;

/** A sidecar without guards: the scene of a check says what is answered. */
export class PlayedSidecar implements Disposable {
  scene: Scene = {};
  /** The rules of the protocol that the gateway has broken, in this run. */
  readonly brokenRules: string[] = [];
  /** Faults of scenes: what they expected, and did not see. */
  readonly faults: unknown[] = [];
  readonly #server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  readonly #sessions = new Set<PlayedSession>();

  private constructor() {
    this.#server.addService(LabelerServiceService, { session: (stream: Stream) => this.#begin(stream) });
    new HealthImplementation({ '': 'SERVING' }).addToServer(this.#server);
  }

  /** Listens on `unix:/path` or `host:port`, in plain text. */
  static async listen(address: string): Promise<PlayedSidecar> {
    const sidecar = new PlayedSidecar();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    sidecar.#server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
      error ? reject(new UsageError(`cannot listen on ${address}: ${error.message}`)) : resolve(),
    );
    await promise;
    return sidecar;
  }

  /** Ends all streams, as a sidecar that shuts down. */
  endSessions(): void {
    for (const session of this.#sessions) session.endFor('SHUTTING_DOWN');
    this.#sessions.clear();
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }

  #begin(stream: Stream): void {
    const session = new PlayedSession(stream);
    const rules = new OrderRules();
    this.#sessions.add(session);
    stream.on('close', () => this.#sessions.delete(session));
    stream.on('data', (request: SessionRequest) => {
      const broken = rules.broken(request);
      if (broken !== undefined) this.brokenRules.push(broken);
      session.received(request);
      // A scene that broke must not take the kit down: a handler's rejection would.
      this.#play(session, rules, request).catch((error: unknown) => this.faults.push(error));
    });
  }

  async #play(session: PlayedSession, rules: OrderRules, { message }: SessionRequest): Promise<void> {
    if (message?.$case === 'open') {
      session.open = message.value;
      await (this.scene.open ?? ((opening) => opening.opened()))(session);
    } else if (message?.$case === 'ask') {
      await this.#answer(session, message.value);
      rules.ended(message.value.id);
    }
  }

  async #answer(session: PlayedSession, { id, question }: Ask): Promise<void> {
    if (question?.$case === 'labelResource') {
      const { resource = (playing) => playing.answer(id, publicRead) } = this.scene;
      await resource(session, id, question.value);
    } else if (question?.$case === 'labelResponse') {
      const none = { $case: 'response' as const, value: { form: undefined } };
      const { response = (playing) => playing.answer(id, none) } = this.scene;
      await response(session, id, question.value);
    }
  }
}
