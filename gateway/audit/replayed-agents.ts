import { join, type Labels } from '../monitor/labels.ts';
import { isJsonObject, type JsonObject } from '../policy/json-value.ts';
import type { ReadDecision } from './read-decision.ts';

interface ReplayedAgent {
  /** What the agent had become by what is in the trail. */
  readonly recorded: Labels;
  /** What it would be under the other rules. */
  readonly replayed: Labels;
  readonly hasRead: boolean;
}

/**
 * Agents as they would be under other rules: what a call that is now denied had made of one does not hold, and what one now
 * reads holds. What guards granted stays, as far as it shows in the trail.
 */
export class ReplayedAgents {
  readonly #agents = new Map<string, ReplayedAgent>();

  /** The labels that a decision is replayed with. */
  before(line: JsonObject, { before }: ReadDecision): Labels {
    const known = this.#agents.get(keyOf(line));
    if (known === undefined || !known.hasRead) return before;
    // Calls that overlap were judged by older labels: nothing that was read is taken back for that.
    const granted = before.secrecy.difference(known.recorded.secrecy);
    const dropped = known.recorded.integrity.difference(before.integrity);
    return {
      secrecy: known.replayed.secrecy.union(granted),
      integrity: known.replayed.integrity.difference(dropped),
    };
  }

  /** What the agent is after a decision: by the trail, and `after` under the other rules. */
  note(line: JsonObject, decision: ReadDecision, after: Labels): void {
    const key = keyOf(line);
    const known = this.#agents.get(key);
    const recorded = known?.hasRead ? join(known.recorded, decision.after) : decision.after;
    const hasRead = known?.hasRead === true || decision.outcome === 'result';
    this.#agents.set(key, { recorded, replayed: after, hasRead });
  }

  /** The agent's session has begun or ended: it is another from here on. */
  forget(line: JsonObject): void {
    this.#agents.delete(keyOf(line));
  }

  /** An operator's rule has changed its labels, and would again. */
  change(line: JsonObject, { before, after }: { before: Labels; after: Labels }): void {
    const key = keyOf(line);
    const known = this.#agents.get(key);
    if (known === undefined) return;
    const changed = ({ secrecy, integrity }: Labels): Labels => ({
      secrecy: secrecy.difference(before.secrecy.difference(after.secrecy)),
      integrity: integrity.union(after.integrity.difference(before.integrity)),
    });
    this.#agents.set(key, {
      ...known,
      recorded: changed(known.recorded),
      replayed: changed(known.replayed),
    });
  }
}

function keyOf(line: JsonObject): string {
  return isJsonObject(line) ? JSON.stringify([line.principal, line.run]) : '';
}
