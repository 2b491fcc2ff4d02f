import { join, type Labels } from '../monitor/labels.ts';

/** Something that an agent is given. */
export interface Delivery {
  /** The call that it answers, as an identity; nothing for what answers none. */
  readonly call?: object;
  /** At least as secret, and at most as trusted, as whatever is given. Asked for only where somebody watches. */
  readonly labels: () => Labels;
}

/** A call that a privilege may be used after, from before it is judged until its end. */
export interface Watch extends Disposable {
  /** What the agent was given since, and what was on its way to it at the beginning; not the answer of the call itself. */
  readonly meanwhile: Labels | undefined;
  /** Whether the agent's client has said anything to the watched server since, besides requests. */
  readonly hasClientSpoken: boolean;
}

/** What an agent is being given, for those who must know what was given since some moment. */
export class Deliveries {
  /** What was judged and is not handed out yet, by its call. */
  readonly #underWay = new Map<object, Delivery[]>();
  readonly #said = new WeakSet<object>();
  readonly #watches = new Set<OpenWatch>();

  /** A call is under way, until this is disposed of: what is judged for it is not handed out before. */
  begin(call: object): Disposable {
    this.#underWay.set(call, []);
    return { [Symbol.dispose]: () => this.#underWay.delete(call) };
  }

  /** Something is about to be given to the agent. */
  note(delivery: Delivery): void {
    if (delivery.call !== undefined && this.#said.has(delivery.call)) return;
    if (delivery.call !== undefined) this.#underWay.get(delivery.call)?.push(delivery);
    for (const watch of this.#watches) watch.note(delivery);
  }

  /** The agent's client says something to a server that is no request: judging this call gives the agent nothing. */
  noteSaid(server: object, call: object): void {
    this.#said.add(call);
    for (const watch of this.#watches) if (watch.server === server) watch.hasClientSpoken = true;
  }

  watch(call: object, server: object): Watch {
    const watch = new OpenWatch({ call, server }, () => this.#watches.delete(watch));
    for (const delivery of [...this.#underWay.values()].flat()) watch.note(delivery);
    this.#watches.add(watch);
    return watch;
  }
}

class OpenWatch implements Watch {
  readonly call: object;
  readonly server: object;
  readonly #end: () => void;
  meanwhile: Labels | undefined;
  hasClientSpoken = false;

  constructor({ call, server }: { call: object; server: object }, end: () => void) {
    this.call = call;
    this.server = server;
    this.#end = end;
  }

  note(delivery: Delivery): void {
    if (delivery.call === this.call) return;
    const labels = delivery.labels();
    this.meanwhile = this.meanwhile === undefined ? labels : join(this.meanwhile, labels);
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}
