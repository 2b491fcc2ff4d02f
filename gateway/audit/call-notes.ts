import type { Guard } from '../guard/guard.ts';
import type { ResourceAccess } from '../monitor/access.ts';
import type { Labels } from '../monitor/labels.ts';
import type { JudgedCall, Judgement } from '../response/judge-response.ts';
import type { LabelledResponse } from '../response/label-response.ts';
import type { AuditedAccess, AuditedResponse } from './audit-event.ts';

/** Distinct labels of one response, at most: a guard may give each item its own. */
const maxDistinctLabels = 200;

/** What a tool call says of itself on its way, for the audit trail. */
export class CallNotes {
  #access: AuditedAccess | undefined;
  #digest: string | undefined;
  #response: AuditedResponse | undefined;
  #before: Labels | undefined;
  #after: Labels | undefined;

  get access(): AuditedAccess | undefined {
    return this.#access;
  }

  /** Nothing where no response was judged, or where its labels are too many to be written down. */
  get response(): AuditedResponse | undefined {
    return this.#response;
  }

  /** Of the guard that labelled the call. */
  get digest(): string | undefined {
    return this.#digest;
  }

  /** The agent when it was judged last, and when all that was judged is delivered; nothing where it was not. */
  get agent(): { readonly before: Labels; readonly after: Labels } | undefined {
    if (this.#before === undefined) return undefined;
    return { before: this.#before, after: this.#after ?? this.#before };
  }

  /** The guard has said what the call would touch. */
  asked(
    { mode, operation, resource, agent }: ResourceAccess,
    by: { guard: Guard; isIndivisible: boolean },
  ): void {
    const { guard, isIndivisible } = by;
    this.#access = { mode, operation, resource, guardMode: guard.mode, isIndivisible };
    this.#digest = guard.digest;
    this.#before = agent;
  }

  /** The response was judged. */
  judged({ agent, resource }: JudgedCall, response: LabelledResponse, judgement: Judgement): void {
    this.#before = agent;
    this.#after = judgement.kind === 'deliver' ? judgement.agentAfter : agent;
    const labels = response.kind === 'whole' ? [response.labels] : response.labels;
    const counts = new Map<Labels, number>();
    for (const each of labels) counts.set(each ?? resource, (counts.get(each ?? resource) ?? 0) + 1);
    const isTooMuch = counts.size > maxDistinctLabels;
    const items = isTooMuch ? undefined : [...counts].map(([each, count]) => ({ labels: each, count }));
    const isOwn = response.kind === 'items' || response.labels !== undefined;
    this.#response = { form: isOwn ? response.kind : 'resource', items, withheld: judgement.withheld.count };
  }
}
