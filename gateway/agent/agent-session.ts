import type { ToolDefinition } from '../backend/tool-definition.ts';
import { GatewayError } from '../gateway-error.ts';
import { noLabels } from '../guard/built-in-guards.ts';
import type { Guard } from '../guard/guard.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { join, type Labels } from '../monitor/labels.ts';
import { allowedRelabeling, type Relabeling, relabel, unlabel } from '../monitor/relabel.ts';
import { until } from '../until.ts';
import { Deliveries, type Delivery, type Watch } from './deliveries.ts';

/** Tools of one server that an agent may know: a server that makes up new ones must not fill the memory. */
const maxPinnedTools = 10_000;

/** A guard that could not be had is not asked again sooner, in milliseconds: calls that wait together fail together. */
const retryPauseMs = 100;

/** How often, and for how long at a time, one agent session may use a privilege. */
export interface PrivilegeTerms {
  readonly name: string;
  readonly uses?: number | undefined;
  readonly durationMs?: number | undefined;
}

/**
 * One agent: a principal and a run, across all servers and routes. Its labels live here and nowhere else.
 *
 * They change in three ways only, all without waiting in between, so that no call is ever judged against labels older
 * than what was already delivered: a guard's grant, once; the join with what the agent is about to read; and a privilege
 * of the operator's, which covers what the agent was given before it was asked for, and nothing that came since.
 */
export class AgentSession implements Disposable {
  readonly #servers: readonly GuardedServer[];
  readonly principal: string;
  readonly run: string;
  readonly #guards = new Map<GuardedServer, Promise<Guard>>();
  readonly #granted = new Set<GuardedServer>();
  readonly #calls = new Map<string, number>();
  readonly #deliveries = new Deliveries();
  readonly #uses = new Map<string, number>();
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
   * ended: the agent goes on in another, which would not know. Where nobody says what the thing itself carries, it may be
   * all that the agent does.
   */
  receive(before: Labels, after: Labels, delivery: Delivery = { labels: () => after }): void {
    this.#expectGoingOn();
    if (after !== before) this.#labels = join(this.#labels, after);
    this.#deliveries.note(delivery);
    this.#hasDelivered = true;
  }

  /** Something is delivered that changes nothing of what the agent carries now. */
  noteDelivery(labels: Labels): void {
    this.#deliveries.note({ labels: () => labels });
  }

  /** The agent's client says something to a server that is no request: what is judged for this call is its own words. */
  noteSaid(server: GuardedServer, call: object): void {
    this.#deliveries.noteSaid(server, call);
  }

  /** A call is under way until this is disposed of: what is judged for it is not handed out before. */
  handOut(call: object): Disposable {
    return this.#deliveries.begin(call);
  }

  /** Watches what the agent is given from now on beside the answer of a call, after which a privilege may be used. */
  watch(call: object, server: GuardedServer): Watch {
    return this.#deliveries.watch(call, server);
  }

  /**
   * Uses a privilege: what it really changes; undefined where that is nothing, the privilege is used up, or the session has
   * ended. What was delivered since the watch began keeps its tags. `durationMs` later, if it is given, the agent is as it
   * would be without it.
   */
  usePrivilege(
    { name, uses = Number.POSITIVE_INFINITY, durationMs }: PrivilegeTerms,
    wanted: Relabeling,
    { meanwhile }: Watch,
  ): Relabeling | undefined {
    const change = allowedRelabeling(wanted, this.#labels, meanwhile);
    const used = this.#uses.get(name) ?? 0;
    if (this.#hasEnded || used >= uses || change.drop.size + change.add.size === 0) return undefined;
    this.#uses.set(name, used + 1);
    this.#labels = relabel(this.#labels, change);
    if (durationMs !== undefined) setTimeout(() => this.#undo(change), durationMs).unref();
    return change;
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

  #undo(change: Relabeling): void {
    this.#labels = unlabel(this.#labels, change);
  }

  #expectGoingOn(): void {
    if (this.#hasEnded) throw new GatewayError('CANCELLED', 'the agent session has ended');
  }

  /** Opens the guard once for all who ask; one that could not be had is asked again a little later. */
  #open(server: GuardedServer): Promise<Guard> {
    const known = this.#guards.get(server);
    if (known !== undefined) return known;
    const opening = server.openGuard(this.principal, () => this.#labels, this.run);
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
