import type { Caller } from '../http/caller.ts';
import type { ModernLimits } from './modern-limits.ts';
import type { ModernReply } from './modern-reply.ts';

/** The requests that are open, counted by principal; it keeps their connections alive. */
export class OpenReplies implements Disposable {
  readonly #limits: ModernLimits;
  readonly #replies = new Map<ModernReply, Caller>();
  readonly #counts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(limits: ModernLimits) {
    this.#limits = limits;
    this.#timer = setInterval(() => this.#tick(), limits.tickMs).unref();
  }

  get size(): number {
    return this.#replies.size;
  }

  /** How many more may be opened: the one that has no room left, in words. */
  crowded(principal: string): string | undefined {
    const { maxOpenRequests, maxCallerRequests } = this.#limits;
    if ((this.#counts.get(principal) ?? 0) >= maxCallerRequests)
      return `a client may have ${maxCallerRequests} requests under way: wait for some`;
    if (this.size >= maxOpenRequests)
      return `the gateway takes ${maxOpenRequests} requests at once: send it again later`;
    return undefined;
  }

  add(caller: Caller, reply: ModernReply): void {
    const { principal } = caller;
    this.#replies.set(reply, caller);
    this.#counts.set(principal, (this.#counts.get(principal) ?? 0) + 1);
  }

  /** The response is done with, or its connection gone. */
  remove({ principal }: Caller, reply: ModernReply): void {
    if (!this.#replies.delete(reply)) return;
    const left = (this.#counts.get(principal) ?? 0) - 1;
    if (left > 0) this.#counts.set(principal, left);
    else this.#counts.delete(principal);
  }

  /** Closes all that are a caller's; how many there were. */
  closeAllOf({ principal, run }: Caller): number {
    const theirs = [...this.#replies].filter(
      ([, caller]) => caller.principal === principal && caller.run === run,
    );
    for (const [reply] of theirs) reply.close('the agent session has ended: send the request again');
    return theirs.length;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const reply of this.#replies.keys()) reply.close('the gateway ends: send the request again later');
  }

  #tick(): void {
    for (const reply of this.#replies.keys()) reply.keepAlive();
  }
}
