import type { ServerResponse } from 'node:http';
import { HttpError } from '../http/http-error.ts';
import type { Activity } from './activity.ts';
import { type WatchLimits, watchLimits } from './status-limits.ts';
import type { StatusReport } from './status-report.ts';

/** What watchers are told of. */
export interface WatchedParts {
  readonly report: StatusReport;
  readonly activity: Activity;
  readonly limits?: WatchLimits;
}

interface Watcher {
  readonly response: ServerResponse;
  /** The agent session whose flow it looks at. */
  readonly address: string | undefined;
  /** Whether it has yet to take what it was sent. */
  isBehind: boolean;
  /** Whether it was behind when it was looked at last. */
  wasBehind: boolean;
}

/**
 * Those who watch the status page: each is sent the whole state, when something has changed and it has taken what it was
 * sent before. So nothing queues up for anybody, and while nobody watches nothing is done at all.
 */
export class StatusWatchers {
  readonly #report: StatusReport;
  readonly #activity: Activity;
  readonly #limits: WatchLimits;
  readonly #watchers = new Set<Watcher>();
  #watching: Disposable | undefined;
  #pace: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor({ report, activity, limits = watchLimits }: WatchedParts) {
    this.#report = report;
    this.#activity = activity;
    this.#limits = limits;
  }

  /** Sends events to a response until its client goes. Throws 503 where too many watch. */
  async add(response: ServerResponse, address: string | undefined): Promise<void> {
    const { maxWatchers } = this.#limits;
    if (this.#watchers.size >= maxWatchers) {
      const sentence = `${maxWatchers} pages are open already: close one, or ask for /status/data now and then`;
      throw new HttpError(503, 'too_many_watchers', sentence);
    }
    const watcher = { response, address, isBehind: false, wasBehind: false };
    this.#watchers.add(watcher);
    response.on('close', () => this.#remove(watcher));
    response.on('drain', () => this.#takenBy(watcher));
    this.#watching ??= this.#activity.watch(() => this.#tellSoon());
    this.#beat ??= setInterval(() => void this.#keepUp(), this.#limits.beatMs).unref();
    response.writeHead(200);
    response.flushHeaders();
    await this.#report.refresh();
    this.#tell();
  }

  #tellSoon(): void {
    this.#pace ??= setTimeout(() => this.#tell(), this.#limits.paceMs).unref();
  }

  #tell(): void {
    clearTimeout(this.#pace);
    this.#pace = undefined;
    // Those who look at the same are told in the same words.
    const messages = new Map<string | undefined, string>();
    for (const watcher of this.#watchers) {
      if (watcher.isBehind) continue;
      const message = messages.get(watcher.address) ?? this.#message(watcher.address);
      messages.set(watcher.address, message);
      watcher.isBehind = !watcher.response.write(message);
    }
  }

  #message(address: string | undefined): string {
    return `event: status\ndata: ${JSON.stringify(this.#report.snapshot(address))}\n\n`;
  }

  /** It missed what happened meanwhile. */
  #takenBy(watcher: Watcher): void {
    watcher.isBehind = false;
    this.#tellSoon();
  }

  /** Tells how the guards are now, which is also how a connection is known to be alive; drops who does not read. */
  async #keepUp(): Promise<void> {
    for (const watcher of this.#watchers) {
      if (watcher.isBehind && watcher.wasBehind) watcher.response.destroy();
      watcher.wasBehind = watcher.isBehind;
    }
    await this.#report.refresh();
    this.#tell();
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#watching?.[Symbol.dispose]();
    clearTimeout(this.#pace);
    clearInterval(this.#beat);
    this.#watching = undefined;
    this.#pace = undefined;
    this.#beat = undefined;
  }
}
