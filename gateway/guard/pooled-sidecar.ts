import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { LabelerStream, SidecarHealth } from './labeler.ts';
import type { LabelerClient } from './labeler-client.ts';
import type { SidecarAnswer } from './sidecar-health.ts';

/** The pause between two questions for its health, in milliseconds: so long a sidecar that froze may get new sessions. */
const checkPauseMs = 1_000;

/** One that has said nothing for so long has lost its sessions, where another answers; in milliseconds. */
const lostAfterMs = 5_000;

/** Reasons that are logged until it serves again: there are some ten, and words of the system's beside them. */
const maxReasons = 20;

/** One sidecar of several: what it last said of itself, and the streams that lead to it. */
export class PooledSidecar implements Disposable {
  readonly address: string;
  readonly #client: LabelerClient;
  readonly #log: Log;
  readonly #heard: () => void;
  readonly #streams = new Set<LabelerStream['stream']>();
  readonly #closing = new AbortController();
  #answer: SidecarAnswer | undefined;
  /** Why it could not be had since it last served: each is logged once. */
  readonly #said = new Set<string>();
  #silentSinceMs: number | undefined;
  #isLeaving = false;

  /** `heard` is called after each question for its health. */
  constructor(client: LabelerClient, log: Log, heard: () => void) {
    this.address = client.address;
    this.#client = client;
    this.#log = log;
    this.#heard = heard;
    void this.#watch();
  }

  get isConnected(): boolean {
    return this.#client.isConnected;
  }

  /** Whether it takes sessions, as far as is known. */
  get serves(): boolean {
    return !this.#isLeaving && (this.#answer === undefined || this.#answer.kind === 'serves');
  }

  /** Whether it has said that it takes none. */
  get refuses(): boolean {
    return this.#isLeaving || this.#answer?.kind === 'refuses';
  }

  get health(): SidecarHealth {
    if (this.serves && this.isConnected) return { state: 'ready' };
    const why = this.refuses ? 'it is shutting down' : 'it does not answer; the log says why';
    return { state: 'unavailable', reason: why };
  }

  open(): LabelerStream {
    const opened = this.#client.open();
    this.#streams.add(opened.stream);
    opened.stream.once('status', () => this.#forget(opened.stream));
    return opened;
  }

  /** Ends the sessions of one that has been silent for long: they are opened again, elsewhere. */
  endSilentSessions(): void {
    const since = this.#silentSinceMs;
    if (since === undefined || performance.now() - since < lostAfterMs) return;
    for (const stream of this.#streams) stream.cancel();
  }

  /** Takes no more sessions; it is closed when those that it has are over. */
  leave(): void {
    this.#isLeaving = true;
    this.#closeWhenUnused();
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    this.#client[Symbol.dispose]();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#hear(await this.#client.health());
      this.#heard();
      await delay(checkPauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #hear(answer: SidecarAnswer): void {
    if (this.#closing.signal.aborted) return;
    const hasServed = this.#answer?.kind === 'serves';
    this.#answer = answer;
    this.#silentSinceMs = answer.kind === 'silent' ? (this.#silentSinceMs ?? performance.now()) : undefined;
    const sidecar = this.address;
    if (answer.kind === 'serves') {
      this.#said.clear();
      if (!hasServed) this.#log.write('info', 'a sidecar answers', { sidecar });
    } else if (!this.#said.has(answer.why) && this.#said.size < maxReasons) {
      this.#said.add(answer.why);
      this.#log.write('warn', `a sidecar cannot be had: ${answer.why}`, { sidecar });
    }
  }

  #forget(stream: LabelerStream['stream']): void {
    this.#streams.delete(stream);
    this.#closeWhenUnused();
  }

  #closeWhenUnused(): void {
    if (this.#isLeaving && this.#streams.size === 0) this[Symbol.dispose]();
  }
}
