import { LabelerClient } from '../../gateway/guard/labeler-client.ts';
import { LabelerSession } from '../../gateway/guard/labeler-session.ts';
import type { Answer } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { LabelingPath } from './labeling-path.ts';
import { backendAnswer } from './tracker-backend.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** The whole labeling: the gateway's client, a guard session on an open stream, a sidecar in a process of its own. */
export class ThroughGrpc implements LabelingPath {
  readonly name: 'gRPC, socket' | 'gRPC, TCP';
  readonly #client: LabelerClient;
  readonly #session: LabelerSession;
  readonly #signal = new AbortController().signal;

  private constructor(name: ThroughGrpc['name'], client: LabelerClient, session: LabelerSession) {
    this.name = name;
    this.#client = client;
    this.#session = session;
  }

  /** Opens a session of the guard `rules`. All sessions share one connection, as a gateway's do. */
  static async start(address: string, policy: Uint8Array): Promise<ThroughGrpc> {
    const client = new LabelerClient(address);
    const { signal } = new AbortController();
    const open = { guard: 'rules', policy, principal: 'bench', timeoutMs: 0, traceparent: '' };
    const callBackend = async () => ({ $case: 'json', value: backendAnswer }) as const;
    const { session } = await LabelerSession.open(await client.stream(signal), open, { callBackend, signal });
    const name = address.startsWith('unix:') ? 'gRPC, socket' : 'gRPC, TCP';
    return new ThroughGrpc(name, client, session);
  }

  /** The labels. */
  ask({ ask }: TrackerQuestion): Promise<NonNullable<Answer['labels']>> {
    return this.#session.ask(ask, this.#signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.close();
    this.#client[Symbol.dispose]();
  }
}
