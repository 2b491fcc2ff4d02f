import type { ToolDefinition } from '../backend/tool-definition.ts';
import { GatewayError } from '../gateway-error.ts';
import { noLabels } from '../guard/built-in-guards.ts';
import type { Guard } from '../guard/guard.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { join, type Labels } from '../monitor/labels.ts';
import { until } from '../until.ts';

/** Tools of one server that an agent may know: a server that makes up new ones must not fill the memory. */
const maxPinnedTools = 10_000;

/** A guard that could not be had is not asked again sooner, in milliseconds: calls that wait together fail together. */
const retryPauseMs = 100;

/**
 * One agent: a principal and a run, across all servers and routes. Its labels live here and nowhere else.
 *
 * They change in two ways only, both without waiting in between, so that no call is ever judged against labels older
 * than what was already delivered: a guard's grant, once, and the join with what the agent is about to read.
 */
export class AgentSession implements Disposable {
  readonly #servers: readonly GuardedServer[];
  readonly principal: string;
  readonly run: string;
  readonly #guards = new Map<GuardedServer, Promise<Guard>>();
  readonly #granted = new Set<GuardedServer>();
  readonly #calls = new Map<string, number>();
  /** The digests of the tools that the agent has seen. */
  readonly #pins = new Map<GuardedServer, Map<string, string>>();
  #firstGrants: Promise<unknown> | undefined;
  #labels: Labels = noLabels;
  #hasDelivered = false;
  #hasEnded = false;

  constructor(principal: string, servers: readonly GuardedServer[], run = '') {
    this.principal = principal;
    this.run = run;
    this.#servers = servers;
  }

  get labels(): Labels {
    return this.#labels;
  }

  /**
   * The server's guard, for this agent. Before the first one is given out, every guarded server's guard was asked what
   * it grants, so that the order of calls does not matter. Throws the GatewayError of a guard that cannot be had.
   */
  async guardOf(server: GuardedServer, signal: AbortSignal): Promise<Guard> {
    this.#expectGoingOn();
    this.#firstGrants ??= Promise.allSettled(this.#servers.map((each) => this.#open(each)));
    try {
      await until(this.#firstGrants, signal);
      return await until(this.#open(server), signal);
    } catch (error) {
      if (error !== signal.reason) throw error;
      throw new GatewayError('GUARD_UNAVAILABLE', 'the guards did not open in time', { cause: error });
    }
  }

  /**
   * Something is about to be delivered that was judged for an agent with the labels `before`, and makes it `after`. The
   * agent may have become something else meanwhile: then it is joined with both. Throws CANCELLED when the session has
   * ended: the agent goes on in another, which would not know.
   */
  receive(before: Labels, after: Labels): void {
    this.#expectGoingOn();
    if (after !== before) this.#labels = join(this.#labels, after);
    this.#hasDelivered = true;
  }

  /** Counts a call of a tool; the calls so far, this one included. */
  countCall(server: GuardedServer, tool: string): number {
    const key = JSON.stringify([server.config.name, tool]);
    const calls = (this.#calls.get(key) ?? 0) + 1;
    this.#calls.set(key, calls);
    return calls;
  }

  /** Whether a tool is what it was when the agent first saw it; the first sight counts. */
  pinTool(server: GuardedServer, { name, digest }: ToolDefinition): boolean {
    const pins = this.#pins.get(server) ?? new Map<string, string>();
    this.#pins.set(server, pins);
    const pinned = pins.get(name);
    if (pinned === undefined && pins.size < maxPinnedTools) pins.set(name, digest);
    return (pinned ?? pins.get(name)) === digest;
  }

  /** The server is not configured any more: its guard for this agent ends. What it granted stays. */
  forget(server: GuardedServer): void {
    const guard = this.#guards.get(server);
    for (const known of [this.#guards, this.#pins]) known.delete(server);
    this.#granted.delete(server);
    guard?.then(
      (opened) => opened[Symbol.dispose](),
      () => undefined,
    );
  }

  [Symbol.dispose](): void {
    this.#hasEnded = true;
    for (const guard of this.#guards.values())
      guard.then(
        (opened) => opened[Symbol.dispose](),
        () => undefined,
      );
  }

  #expectGoingOn(): void {
    if (this.#hasEnded) throw new GatewayError('CANCELLED', 'the agent session has ended');
  }

  /** Opens the guard once for all who ask; one that could not be had is asked again a little later. */
  #open(server: GuardedServer): Promise<Guard> {
    const known = this.#guards.get(server);
    if (known !== undefined) return known;
    const opening = server.openGuard(this.principal, () => this.#labels);
    const guard = opening.then((opened) => {
      this.#grant(server, opened);
      return opened;
    });
    this.#guards.set(server, guard);
    guard.catch(() => setTimeout(() => this.#guards.delete(server), retryPauseMs).unref());
    return guard;
  }

  /** A late grant adds secrecy only: integrity was judged without it already. */
  #grant(server: GuardedServer, { grant }: Guard): void {
    if (this.#granted.has(server)) return;
    this.#granted.add(server);
    const integrity = this.#hasDelivered
      ? this.#labels.integrity
      : this.#labels.integrity.union(grant.integrity);
    this.#labels = { secrecy: this.#labels.secrecy.union(grant.secrecy), integrity };
  }
}
