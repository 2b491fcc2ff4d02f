import type { AuditConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../gateway-error.ts';
import type { Log } from '../log.ts';
import { recordSince } from '../telemetry/instruments.ts';
import { version } from '../version.ts';
import type { AuditEvent } from './audit-event.ts';
import { ChainedFile } from './chained-file.ts';
import type { ChainHead } from './line-hash.ts';
import { renderEvent } from './render-event.ts';
import { hiddenTags, plainTags, redactedTags, type WriteTag } from './tag-redaction.ts';
import { type QueuedEvent, TrailQueue } from './trail-queue.ts';

/** A trail that could not be written is tried again after so long, in milliseconds. */
const retryMs = 500;
/** What was written is on the disk after so long, in milliseconds: what a power cut may cost. */
const syncMs = 1_000;
/** The log says where the chain stands after so many syncs, while there are any: a trail that was cut cannot hide it. */
const syncsPerHead = 60;

/** How a trail fares: numbers for operators. */
export interface TrailFigures {
  readonly isWritable: boolean;
  /** Events that were written, and that nobody will find in it, since it was started. */
  readonly written: number;
  readonly lost: number;
  /** Events that wait to be written. */
  readonly waiting: number;
}

/** The audit trail of a gateway: events in the order in which they came, by one writer. */
export class AuditTrail implements AsyncDisposable {
  readonly #config: AuditConfig;
  readonly #log: Log;
  readonly #queue = new TrailQueue();
  #writeTag: WriteTag;
  #file: ChainedFile | undefined;
  /** Why it cannot be written now. */
  #failure: Error | undefined;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #sync: NodeJS.Timeout | undefined;
  #syncs = 0;
  /** Where the chain stood, should the file be gone. */
  #head: ChainHead | undefined;
  #isEnding = false;
  #written = 0;

  private constructor(config: AuditConfig, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#writeTag = config.redact ? hiddenTags : plainTags;
  }

  /** One that cannot be opened is an error in the log, and is tried again. */
  static async start(config: AuditConfig, log: Log): Promise<AuditTrail> {
    const trail = new AuditTrail(config, log);
    trail.#queue.add({
      event: ownEvent('trail-begun', { version, redacted: config.redact }),
      sinceMs: performance.now(),
    });
    await trail.#flush();
    trail.#tellHead();
    return trail;
  }

  /** Whether calls are refused while it cannot be written. */
  get isRequired(): boolean {
    return this.#config.required;
  }

  /** Whether what is recorded now is expected to be written. */
  get isWritable(): boolean {
    return this.#failure === undefined;
  }

  get figures(): TrailFigures {
    const { size: waiting, lostInAll: lost } = this.#queue;
    return { isWritable: this.isWritable, written: this.#written, lost, waiting };
  }

  /** Writes an event down, later. What cannot be written is counted, and the count is written. */
  record(event: AuditEvent): void {
    this.#add(event, undefined);
  }

  /** The same, settled when it is written. Throws AUDIT_UNAVAILABLE when it cannot be: then it never will be. */
  async written(event: AuditEvent): Promise<void> {
    if (this.#failure !== undefined) throw unavailable(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error?: Error) => (error === undefined ? resolve() : reject(unavailable(error)));
    this.#add(event, settle);
    await promise;
  }

  /** Writes what waits, and that this is the end; what then cannot be written is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    // What is under way may fail: then this is another try.
    await this.#writing;
    await this.#flush();
    clearTimeout(this.#retry);
    clearTimeout(this.#sync);
    try {
      if (this.#failure === undefined) await this.#end();
    } catch (error) {
      this.#tellFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #end(): Promise<void> {
    const file = await this.#opened();
    await file.append([ownEvent('trail-ended', {})]);
    this.#tellHead();
    this.#file = undefined;
    await file.sync();
    await file.close();
  }

  #add(event: AuditEvent, settle: ((error?: Error) => void) | undefined): void {
    const rendered = renderEvent(event, this.#writeTag);
    const isAdded =
      !this.#isEnding &&
      this.#queue.add({
        event: rendered,
        sinceMs: performance.now(),
        ...(settle !== undefined && { settle }),
      });
    if (!isAdded) settle?.(new Error('too much waits to be written'));
    if (this.#failure === undefined) void this.#flush();
  }

  #flush(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Until nothing waits, or it fails. Never throws. */
  async #writeAll(): Promise<void> {
    do {
      const batch = this.#queue.take();
      const { lost } = this.#queue;
      try {
        const file = await this.#opened();
        // After a failure something is written in any case: nothing else tells whether it works again.
        const isTold = lost > 0 || this.#failure !== undefined;
        const own = isTold ? [ownEvent('trail-resumed', { lost })] : [];
        const { hasRotated } = await file.append([...batch.map(({ event }) => event), ...own]);
        this.#succeed(batch, lost);
        if (hasRotated) this.#tellHead();
      } catch (error) {
        await this.#fail(batch, error instanceof Error ? error : new Error(String(error)));
        return;
      }
    } while (!this.#queue.isEmpty || this.#queue.lost > 0);
  }

  async #opened(): Promise<ChainedFile> {
    if (this.#file !== undefined) return this.#file;
    const { file: path, maxBytes, keep, redact } = this.#config;
    if (redact) this.#writeTag = await redactedTags(`${path}.key`);
    const { trail, tornBytes } = await ChainedFile.open({ path, maxBytes, keep }, this.#head);
    this.#file = trail;
    if (tornBytes > 0) await trail.append([ownEvent('trail-mended', { tornBytes })]);
    return trail;
  }

  #succeed(batch: readonly QueuedEvent[], lost: number): void {
    for (const { settle } of batch) settle?.();
    this.#written += batch.length;
    if (batch[0] !== undefined) recordSince('auditDelay', batch[0].sinceMs);
    this.#queue.lost -= lost;
    const { file } = this.#config;
    if (lost > 0) this.#log.write('error', 'events are missing in the audit trail', { file, events: lost });
    if (this.#failure !== undefined)
      this.#log.write('warn', 'the audit trail can be written again', { file });
    this.#failure = undefined;
    this.#syncSoon();
  }

  /** Opened again for the next try: only what is in the file tells where the chain stands. */
  async #fail(batch: readonly QueuedEvent[], error: Error): Promise<void> {
    const isNew = this.#failure === undefined;
    this.#failure = error;
    this.#queue.putBack(batch, error);
    if (isNew) this.#tellFailure(error);
    const file = this.#file;
    this.#file = undefined;
    this.#head = file?.head ?? this.#head;
    await file?.close().catch(() => undefined);
    clearTimeout(this.#retry);
    if (!this.#isEnding) this.#retry = setTimeout(() => void this.#flush(), retryMs).unref();
  }

  #tellFailure(error: Error): void {
    const what = this.isRequired ? 'calls are refused until it can be' : 'events may be lost until it can be';
    const { file } = this.#config;
    this.#log.write('error', `the audit trail cannot be written, ${what}: ${error.message}`, { file });
  }

  #syncSoon(): void {
    this.#sync ??= setTimeout(() => {
      this.#sync = undefined;
      if (++this.#syncs % syncsPerHead === 0) this.#tellHead();
      this.#file?.sync().catch((error: Error) => this.#fail([], error));
    }, syncMs).unref();
  }

  /** The log goes where the trail does not: whoever cuts the trail's end cannot take this back. */
  #tellHead(): void {
    if (this.#file === undefined) return;
    const { seq, hash } = this.#file.head;
    this.#log.write('info', 'audit trail', { file: this.#config.file, seq, hash });
  }
}

/** What the trail says of itself. */
function ownEvent(kind: string, fields: object): string {
  return JSON.stringify({ time: new Date().toISOString(), kind, ...fields });
}

function unavailable(cause: Error): GatewayError {
  return new GatewayError('AUDIT_UNAVAILABLE', `the audit trail cannot be written: ${cause.message}`, {
    cause,
  });
}
