import type { AgentSession } from '../agent/agent-session.ts';
import type { ServerConfig } from '../config/gateway-config.ts';
import type { Outcome } from '../outcome.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import type { DecisionEvent } from './audit-event.ts';
import type { AuditTrail } from './audit-trail.ts';
import { CallNotes } from './call-notes.ts';
import type { EventSink } from './event-sink.ts';

/** What is written down of judged work, whatever becomes of it. */
export interface AuditedErrand {
  /** The tool, or the method. */
  readonly subject: string;
  readonly server: { readonly config: ServerConfig };
  readonly agent: AgentSession;
  /** The trace that its request belongs to: 32 hexadecimal digits. */
  readonly trace?: string | undefined;
}

/** Who is told how it ended. */
export interface Auditors {
  readonly audit?: AuditTrail | undefined;
  /** Shows it to operators. */
  readonly activity?: EventSink | undefined;
}

/**
 * Does judged work, has its outcome written down, and shows it. Where the trail is required, nothing is begun while it
 * cannot be written, and nothing is delivered that is not in it.
 */
export async function auditedWork(
  errand: AuditedErrand,
  { audit, activity }: Auditors,
  work: (notes: CallNotes) => Promise<Outcome>,
): Promise<Outcome> {
  const notes = new CallNotes();
  const ended = (how: Ending) => decisionOf(errand, notes, how);
  try {
    const outcome = await (audit === undefined ? work(notes) : writtenWork(audit, ended, () => work(notes)));
    activity?.record(ended(outcome), errand.agent);
    return outcome;
  } catch (error) {
    if (error instanceof RpcError) activity?.record(ended(asEnding(error)), errand.agent);
    throw error;
  }
}

async function writtenWork(
  trail: AuditTrail,
  ended: (how: Ending) => DecisionEvent,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  if (trail.isRequired && !trail.isWritable) {
    trail.record(ended(unwritten(false)));
    return unwritten(false);
  }
  try {
    const outcome = await work();
    if (await isWritten(trail, ended(outcome))) return outcome;
    const wasCalled = outcome.kind === 'result' || (outcome.kind === 'failed' && outcome.wasCalled === true);
    trail.record(ended(unwritten(wasCalled)));
    return unwritten(wasCalled);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const event = ended(asEnding(error));
    if (await isWritten(trail, event)) throw error;
    const wasCalled = event.access !== undefined;
    trail.record(ended(unwritten(wasCalled)));
    return unwritten(wasCalled);
  }
}

type Ending =
  | Exclude<Outcome, { kind: 'result' }>
  | { readonly kind: 'result' }
  | { readonly kind: 'error'; readonly reason: string };

function asEnding({ code }: RpcError): Ending {
  return { kind: 'error', reason: String(code) };
}

/** Whether what happened may be told: it is in the trail, or need not be. */
async function isWritten(trail: AuditTrail, event: DecisionEvent): Promise<boolean> {
  if (!trail.isRequired) {
    trail.record(event);
    return true;
  }
  return await trail.written(event).then(
    () => true,
    () => false,
  );
}

function unwritten(wasCalled: boolean): Extract<Outcome, { kind: 'failed' }> {
  return { kind: 'failed', reason: 'AUDIT_UNAVAILABLE', wasCalled };
}

function decisionOf(
  { subject, server, agent, trace }: AuditedErrand,
  notes: CallNotes,
  how: Ending,
): DecisionEvent {
  const { principal, run, labels } = agent;
  const { access, response, digest } = notes;
  const { before, after } = notes.agent ?? { before: labels, after: labels };
  return {
    kind: 'decision',
    principal,
    run,
    server: server.config.name,
    tool: subject,
    outcome: how.kind,
    ...(how.kind !== 'result' && { reason: how.reason }),
    ...(how.kind === 'failed' && how.wasCalled === true && { wasCalled: true }),
    ...(how.kind === 'denied' && how.tags !== undefined && { inTheWay: how.tags }),
    before,
    after,
    ...(access !== undefined && { access }),
    ...(response !== undefined && { response }),
    guard: { name: guardName(server.config), digest },
    ...(trace !== undefined && { trace }),
  };
}

function guardName({ guard }: ServerConfig): string {
  return 'name' in guard ? guard.name : guard.kind;
}
