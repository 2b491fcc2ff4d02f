import type { Operation } from '../monitor/access.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';

/** What an audit trail holds: no payload, no words of a guard or a server, no key. */
export type AuditEvent = DecisionEvent | SessionEvent | OverrulingEvent | PrivilegeEvent;

/** Whose agent session it is about. */
export interface AuditedAgent {
  readonly principal: string;
  readonly run: string;
}

/** What became of one tool call, or of another request or message that is judged as one. */
export interface DecisionEvent extends AuditedAgent {
  readonly kind: 'decision';
  readonly server: string;
  /** The tool, or the method, that the guard is asked about. */
  readonly tool: string;
  /** `error`: the client was told a protocol error, its own mistake or a server's without a guard. */
  readonly outcome: 'result' | 'denied' | 'failed' | 'error';
  /** Why it was denied or failed; of an error its number. */
  readonly reason?: string;
  /** Whether it failed after the tool had been called. */
  readonly wasCalled?: boolean;
  /** The tags that stood in the way, where they are known. They follow from the labels, so the trail leaves them out. */
  readonly inTheWay?: readonly string[];
  /** The agent when it was judged, and once the outcome is delivered. */
  readonly before: Labels;
  readonly after: Labels;
  /** Nothing where it ended before the guard had answered. */
  readonly access?: AuditedAccess;
  /** Nothing where no response was judged. */
  readonly response?: AuditedResponse;
  readonly guard: { readonly name: string; readonly digest?: string | undefined };
  /** Of the W3C trace context that the request came with. */
  readonly trace?: string;
}

/** What was judged before the server was asked. */
export interface AuditedAccess {
  readonly operation: Operation;
  /** The one that applied. */
  readonly mode: Mode;
  /** The one that the guard asked for. */
  readonly guardMode: Mode;
  /** Delivered as a whole or not at all. */
  readonly isIndivisible: boolean;
  readonly resource: Labels;
}

/** What was judged of what the server answered. */
export interface AuditedResponse {
  /** Items, or one whole with labels of its own, or with the resource's. */
  readonly form: 'items' | 'whole' | 'resource';
  /** Each of the labels in it, and how many items carry them; nothing where they are too many to be written down. */
  readonly items: readonly { readonly labels: Labels; readonly count: number }[] | undefined;
  /** How many items were withheld. */
  readonly withheld: number;
}

/** An agent session begins or ends. */
export interface SessionEvent extends AuditedAgent {
  readonly kind: 'session-begun' | 'session-ended';
  readonly labels: Labels;
}

/** A guard said what the operator's bounds do not let it say. */
export interface OverrulingEvent extends AuditedAgent {
  readonly kind: 'overruled';
  readonly server: string;
  readonly tool?: string;
  readonly guard: { readonly name: string; readonly digest?: string | undefined };
  /** The bound, as a code of a closed set, and in how many labels of the answer. */
  readonly bound: string;
  readonly count: number;
}

/** An operator's rule let an agent drop secrecy, or gain integrity. */
export interface PrivilegeEvent extends AuditedAgent {
  readonly kind: 'declassified' | 'endorsed';
  /** The name of the rule. */
  readonly rule: string;
  readonly server: string;
  readonly tool: string;
  readonly before: Labels;
  readonly after: Labels;
}
