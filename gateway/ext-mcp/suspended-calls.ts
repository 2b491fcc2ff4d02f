import { randomUUID } from 'node:crypto';
import type { Caller } from '../http/caller.ts';
import { outcomeError } from '../relay/outcome-error.ts';
import { maxSuspendedCalls, maxSuspendedCallsOfPrincipal } from './ext-mcp-limits.ts';
import type { SuspendedCall } from './suspended-call.ts';

/** What a request and its response say alike. */
export interface CallTerms {
  readonly target: string;
  readonly method: string;
  readonly caller: Caller;
}

interface Entry {
  readonly call: SuspendedCall;
  readonly terms: CallTerms;
}

/** The requests that were let through or are being judged: each waits for its response, which counts once. */
export class SuspendedCalls implements Disposable {
  readonly #entries = new Map<string, Entry>();

  /** Takes up a call, until it has ended; the id that its response must name. Throws what the client is told when there is no room. */
  add(call: SuspendedCall, terms: CallTerms): string {
    const own = [...this.#entries.values()].filter(
      (entry) => entry.terms.caller.principal === terms.caller.principal,
    );
    if (this.#entries.size >= maxSuspendedCalls || own.length >= maxSuspendedCallsOfPrincipal)
      throw outcomeError({ kind: 'failed', reason: 'QUEUE_FULL' });
    const id = randomUUID();
    this.#entries.set(id, { call, terms });
    return id;
  }

  /** The call of an id, for the last time; nothing where there is none, or it is another's: that one ends. */
  take(id: string, terms: CallTerms): SuspendedCall | undefined {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    if (entry === undefined || isSame(entry.terms, terms)) return entry?.call;
    entry.call.end();
    return undefined;
  }

  /** Forgets a call that has ended without a response. */
  forget(id: string): void {
    this.#entries.delete(id);
  }

  [Symbol.dispose](): void {
    for (const { call } of this.#entries.values()) call.end();
    this.#entries.clear();
  }
}

function isSame(one: CallTerms, other: CallTerms): boolean {
  return (
    one.target === other.target &&
    one.method === other.method &&
    one.caller.principal === other.caller.principal &&
    one.caller.run === other.caller.run
  );
}
