import { AgentSession } from '../agent/agent-session.ts';
import type { Labels } from '../monitor/labels.ts';
import type { WitnessedServer } from './witnessed-server.ts';

/** An agent that a call is explained for: with the labels that its guards grant, or with given ones. */
export class ExplainedAgent extends AgentSession {
  readonly #as: Labels | undefined;
  /** What it would have become by what was delivered; nothing before. */
  after: Labels | undefined;

  constructor(
    { principal, as }: { principal: string; as: Labels | undefined },
    servers: readonly WitnessedServer[],
  ) {
    super(principal, servers);
    this.#as = as;
  }

  override get labels(): Labels {
    return this.#as ?? super.labels;
  }

  override receive(before: Labels, after: Labels): void {
    super.receive(before, after);
    this.after = after;
  }
}
