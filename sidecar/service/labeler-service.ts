import type { LabelerServiceServer } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { GuardCatalog } from '../guard/guard-catalog.ts';
import type { Log } from '../log.ts';
import { SessionStream } from './session-stream.ts';

/** The labeling service: one guard session a stream. */
export class LabelerService {
  readonly #streams = new Set<SessionStream>();
  readonly #catalog: GuardCatalog;
  readonly #log: Log;
  #isDraining = false;

  constructor(catalog: GuardCatalog, log: Log) {
    this.#catalog = catalog;
    this.#log = log;
  }

  get handlers(): LabelerServiceServer {
    return {
      session: (call) => {
        const stream = new SessionStream(call, this.#catalog, this.#log);
        this.#streams.add(stream);
        if (this.#isDraining) stream.drain();
        call.on('close', () => this.#streams.delete(stream));
      },
    };
  }

  get isBusy(): boolean {
    return [...this.#streams].some((stream) => stream.isBusy);
  }

  /** Takes no more questions; each stream ends as soon as it has answered those under way. */
  drain(): void {
    this.#isDraining = true;
    for (const stream of this.#streams) stream.drain();
  }

  /** Ends every stream, so that the server can stop. */
  shutDown(): void {
    for (const stream of this.#streams) stream.shutDown();
  }
}
