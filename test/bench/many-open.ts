import { GuardStream } from '../harness/guard-stream.ts';
import type { RunningSidecar } from '../harness/running-sidecar.ts';
import type { LabelingPath } from './labeling-path.ts';
import { trackerGuard } from './tracker-backend.ts';
import { trackerSidecar } from './tracker-sidecar.ts';

/** Streams that are opened at the same time. */
const openingAtOnce = 50;

/** A sidecar with so many sessions open, each of which was asked nothing yet. */
export class ManyOpen implements AsyncDisposable {
  readonly sidecar: RunningSidecar;
  readonly #streams: readonly GuardStream[];
  #next = 0;

  private constructor(sidecar: RunningSidecar, streams: readonly GuardStream[]) {
    this.sidecar = sidecar;
    this.#streams = streams;
  }

  /** Opens them, all by the bench's policy, with these options of Node for the sidecar. */
  static async start(count: number, nodeOptions: readonly string[] = []): Promise<ManyOpen> {
    const { policy } = await trackerGuard();
    await using parts = new AsyncDisposableStack();
    const sidecar = parts.use(await trackerSidecar({ nodeOptions }));
    const streams: GuardStream[] = [];
    while (streams.length < count) {
      const more = Math.min(count - streams.length, openingAtOnce);
      const batch = Array.from({ length: more }, () => new GuardStream(sidecar.client.session()));
      await Promise.all(batch.map((stream) => stream.open('rules', policy.toString())));
      streams.push(...batch);
    }
    parts.move();
    return new ManyOpen(sidecar, streams);
  }

  /** Asks the first session each time. */
  get sameSession(): LabelingPath {
    return this.#path(() => 0);
  }

  /** Asks another session each time. */
  get nextSession(): LabelingPath {
    return this.#path(() => this.#next++ % this.#streams.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its streams end with it; nobody waits for what each of them says to that.
    await this.sidecar[Symbol.asyncDispose]();
  }

  #path(which: () => number): LabelingPath {
    return {
      name: 'gRPC, socket',
      ask: ({ ask }) => this.#streams[which()]?.ask(ask),
      async [Symbol.asyncDispose](): Promise<void> {},
    };
  }
}
