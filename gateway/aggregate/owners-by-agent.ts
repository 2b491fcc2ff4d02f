import type { Caller } from '../http/caller.ts';
import { ResourceOwners } from './resource-owners.ts';

/** Agents whose lists are remembered; the one that asked longest ago has to list once more. */
const maxAgents = 500;

interface Known {
  /** The servers that were configured then, in their order. */
  readonly servers: string;
  readonly owners: ResourceOwners;
}

/** Whose resources are whose, by agent: clients without sessions have nothing else that lasts. */
export class OwnersByAgent {
  readonly #known = new Map<string, Known>();

  /** What an agent's lists have said, as long as the servers are the same. */
  of({ principal, run }: Caller, names: readonly string[]): ResourceOwners {
    const key = JSON.stringify([principal, run]);
    const servers = JSON.stringify(names);
    const before = this.#known.get(key);
    const known = before?.servers === servers ? before : { servers, owners: new ResourceOwners(names) };
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxAgents && oldest !== undefined) this.#known.delete(oldest);
    return known.owners;
  }
}
