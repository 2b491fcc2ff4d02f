import type { AgentSession } from '../agent/agent-session.ts';
import { type Auditors, auditedWork } from '../audit/audited-work.ts';
import type { CallNotes } from '../audit/call-notes.ts';
import type { ToolCall } from '../backend/backend.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Log } from '../log.ts';
import type { Outcome } from '../outcome.ts';
import type { Privileges } from '../privilege/privileges.ts';
import type { ResponseShaping } from '../shaping/response-shaping.ts';
import { noteOutcome } from '../telemetry/request-span.ts';
import { activeTraceId } from '../telemetry/trace-context.ts';
import { timeLimit } from '../time-limit.ts';
import type { Rules } from '../tool-call.ts';
import { asFailure, noteFailure } from './call-failure.ts';

/** What all judged work of a gateway shares. */
export interface Judging extends Auditors {
  readonly rules: Rules;
  readonly log: Log;
}

/** The same for tools, whose calls are shaped, too. */
export interface ToolJudging extends Judging {
  readonly shaping: ResponseShaping;
  readonly privileges: Privileges;
}

/** Who asks whom for what. */
export interface Errand {
  /** A tool's name, or a method's: for the log. */
  readonly subject: string;
  /** What the monitor knows it by. */
  readonly call: ToolCall;
  readonly server: GuardedServer;
  readonly agent: AgentSession;
  /** The trace that its request belongs to. */
  readonly trace?: string | undefined;
  /** Whether it goes on until the client ends it. */
  readonly isEndless?: boolean;
}

/** What the work is told. */
export interface WorkTerms {
  /** Aborted with the client's, and when the time is over. */
  readonly signal: AbortSignal;
  /** Whatever fails from now on, the server may have done its work. */
  readonly onWrite: () => void;
  /** It is known to go on: it has its time anew. */
  readonly restart: () => void;
  /** It waits for its client: until this is disposed of, no time passes. */
  readonly pause: () => Disposable;
  /** What the call says of itself. */
  readonly notes: CallNotes;
}

/**
 * Does one piece of judged work in the server's time, and says how it ended, in the log too. Throws only what the client
 * is told as an error: its own mistakes, and the errors of servers without a guard.
 */
export async function judgedWork(
  { subject, call, server, agent, trace, isEndless = false }: Errand,
  { log, audit, activity, work }: Auditors & { log: Log; work: (terms: WorkTerms) => Promise<Outcome> },
  signal: AbortSignal,
): Promise<Outcome> {
  using _ = agent.handOut(call);
  using limit = timeLimit(isEndless ? undefined : server.config.toolTimeoutMs, signal);
  let wasCalled = false;
  const onWrite = () => {
    wasCalled = true;
  };
  const { restart, pause } = limit;
  const terms = { signal: limit.signal, onWrite, restart, pause };
  const failed = (error: unknown): Outcome => {
    const failure = asFailure(error, { server, signal, limited: limit.signal });
    const { code } = noteFailure(subject, failure, { server, log });
    return { kind: 'failed', reason: code, wasCalled };
  };
  const outcome = await auditedWork(
    { subject, server, agent, trace: activeTraceId() ?? trace },
    { audit, activity },
    (notes) => work({ ...terms, notes }).catch(failed),
  );
  noteOutcome(outcome, { principal: agent.principal, server: server.config.name });
  const reason = outcome.kind === 'result' ? {} : { reason: outcome.reason };
  log.write('info', `${subject}: ${outcome.kind}`, {
    principal: agent.principal,
    server: server.config.name,
    tool: subject,
    outcome: outcome.kind,
    ...reason,
  });
  return outcome;
}
