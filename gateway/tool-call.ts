import type { AgentSession } from './agent/agent-session.ts';
import type { CallNotes } from './audit/call-notes.ts';
import type { ToolCall } from './backend/backend.ts';
import type { GuardedServer } from './guarded-server.ts';
import { stopsCall } from './monitor/access.ts';
import { outsideAudience } from './monitor/audience.ts';
import { floorMode, type Mode, modeForWholes } from './monitor/mode.ts';
import type { Outcome } from './outcome.ts';
import { carriedLabels } from './response/carried-labels.ts';
import { labelResponse } from './response/label-response.ts';
import type { ResponseLabels } from './response/response-labels.ts';
import { decide, judgeResponse } from './watched-monitor.ts';

/** What the operator says for all servers. */
export interface Rules {
  /** A floor: a guard may only be stricter. */
  readonly operatorMode: Mode | undefined;
  /** Whether agents are told how much was withheld. */
  readonly notice: 'full' | 'quiet';
}

/** One tool call of one agent, or another request that is judged as one. */
export interface GuardedCall {
  /** What the guard is asked about. */
  readonly call: ToolCall;
  /** Carries it out: the server's result as JSON text. */
  readonly perform: (signal: AbortSignal) => Promise<string>;
  /** Whether nothing can be cut out of its result: it is delivered as a whole, or denied. */
  readonly isIndivisible: boolean;
  /** What it is, where that does not depend on the guard's word: a message of the server's is read, an answer to it written. */
  readonly operation?: 'read' | 'write';
  readonly server: GuardedServer;
  readonly agent: AgentSession;
  readonly rules: Rules;
  /** Told when the tool is about to be called for more than a read: whatever fails then, it may have done its work. */
  readonly onWrite: () => void;
  /** For the audit trail. */
  readonly notes?: CallNotes;
}

/**
 * The whole story of a tool call. Throws what made it impossible to judge or to carry out: then nothing is delivered.
 */
export async function toolCall(
  { call, perform, isIndivisible, operation: known, server, agent, rules, onWrite, notes }: GuardedCall,
  signal: AbortSignal,
): Promise<Outcome> {
  // Whatever the guard says: what the agent knows may leave the house in any argument, of a read as well.
  const guard = await agent.guardOf(server, signal);
  const { audience } = server.config;
  const unsendable = outsideAudience(agent.labels.secrecy, audience);
  if (unsendable.length > 0) return { kind: 'denied', reason: 'AUDIENCE', tags: unsendable };

  // 1. What would it touch?
  const { resource, operation: said } = await guard.labelResource(call, signal);
  // What only a tool can do, nothing else is: a write would be delivered unseen.
  const operation = known ?? (isIndivisible && said === 'write' ? 'read-write' : said);

  // 2. May it proceed? All that the agent can have put into this call was delivered before, and is in its labels.
  const guardsMode = floorMode(rules.operatorMode, guard.mode);
  const mode = isIndivisible ? modeForWholes(guardsMode) : guardsMode;
  const access = { mode, operation, resource, audience };
  const asked = { ...access, agent: agent.labels };
  notes?.asked(asked, { guard, isIndivisible });
  const decision = decide(asked);
  if (stopsCall(asked, decision)) return { ...decision, kind: 'denied' };

  // 3. Do it.
  if (operation !== 'read') onWrite();
  const text = await perform(signal);

  // 4. What came back? The response of a pure write is as secret as what was written to.
  const labels = operation === 'write' ? noLabels : await guard.labelResponse(call, text, signal);
  const response = labelResponse(text, labels);

  // 5. What may be read? Judged by what the agent is now: it may have read something else meanwhile.
  const before = agent.labels;
  const judged = {
    ...access,
    agent: before,
    tool: call.tool,
    isWriteSink: guard.isOperatorsWord,
    notice: rules.notice,
  };
  const judgement = judgeResponse(judged, response);
  notes?.judged(judged, response, judgement);
  if (judgement.kind === 'deny') return { kind: 'denied', reason: judgement.reason };

  // 6. What has the agent become? Before anything of it is delivered.
  agent.receive(before, judgement.agentAfter, { call, labels: () => carriedLabels(resource, response) });
  return { kind: 'result', text: judgement.text, isChanged: judgement.text !== text };
}

const noLabels: ResponseLabels = { kind: 'none' };
