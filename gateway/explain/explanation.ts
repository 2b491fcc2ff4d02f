import type { ServerGuard } from '../config/gateway-config.ts';
import type { ResourceAnswer } from '../guard/guard.ts';
import type { Decision, Rule } from '../monitor/access.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { DenialReason, FailureReason } from '../outcome.ts';
import type { DescribedLabels } from '../response/response-labels.ts';
import type { GuardRead } from './guard-reads.ts';

/** What the guards say of one call, and what the monitor would decide. All words of guards in it are untrusted. */
export interface Explanation {
  readonly server: string;
  readonly tool: string;
  readonly guardKind: ServerGuard['kind'];
  /** How often one agent may call the tool in all; undefined: as often as it likes. */
  readonly callLimit: number | undefined;
  /** What each guard grants that was asked, by the names of the servers; the called server's first. */
  readonly grants: readonly Grant[];
  readonly agent: {
    readonly labels: Labels;
    /** Whether they were given; otherwise they are what the guards grant. */
    readonly areGiven: boolean;
  };
  /** The one that applies: the guard's, or the operator's floor. Nothing where the guard was not opened. */
  readonly mode: Mode | undefined;
  /** Nothing where the guard was not asked, or did not answer. */
  readonly resource: ResourceAnswer | undefined;
  /** Of the resource as a whole. */
  readonly access: Decision | undefined;
  readonly reads: readonly GuardRead[];
  /** Whether guards were let read. */
  readonly areReadsAllowed: boolean;
  /** Given where a saved result was labelled. */
  readonly response: ExplainedResponse | undefined;
  readonly verdict: Verdict;
}

/** What a guard's `label_agent` said. */
export type Grant =
  | { readonly server: string; readonly kind: 'granted'; readonly labels: Labels; readonly mode: Mode }
  | { readonly server: string; readonly kind: 'failed'; readonly reason: FailureReason; problem: string };

/** What would become of a saved result. */
export interface ExplainedResponse {
  /** `write`: nothing of it is labelled; `whole`: one thing; `items`: each for itself. */
  readonly kind: 'write' | 'whole' | 'items';
  readonly items: readonly ExplainedItem[];
  /** Whether what stands around the items is left out, since the resource may not be read. */
  readonly isRestCut: boolean;
}

export interface ExplainedItem {
  /** A JSON Pointer within the document that the guard labelled. */
  readonly path: string;
  /** Nothing: the resource's hold. */
  readonly labels: DescribedLabels | undefined;
  /** What keeps it from being returned. */
  readonly broken: { readonly rule: Rule; readonly tags: readonly string[] } | undefined;
}

/** What would become of the call. */
export type Verdict =
  | {
      readonly kind: 'allowed';
      /** What the agent would get of the saved result; nothing without one. */
      readonly delivered:
        | { readonly text: string; readonly isChanged: boolean; agentAfter: Labels }
        | undefined;
    }
  | { readonly kind: 'denied'; readonly reason: DenialReason; readonly tags: readonly string[] }
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      /** For the operator; the guard may have written it. */
      readonly problem: string;
    };
