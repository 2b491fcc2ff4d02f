import type { AgentSession } from '../agent/agent-session.ts';
import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Caller } from '../http/caller.ts';
import { parseLossless } from '../lossless-json.ts';
import type { Outcome } from '../outcome.ts';
import { inMessageSpan } from '../telemetry/message-span.ts';
import { toolCall } from '../tool-call.ts';
import { expectAgent } from './expect-agent.ts';
import { type Judging, judgedWork, type WorkTerms } from './judged-work.ts';

/** What a server and a client say to each other without having been asked, or because they were. */
export interface Message {
  /** A guard is asked about it as about a tool of this name. */
  readonly name: string;
  /** The JSON of an object: the tool's arguments, and what is read. */
  readonly params: string;
}

/**
 * Judges what is no answer to a client's request: what a server says of its own accord is read by the agent, and what the
 * client answers to it is written to the server.
 */
export class MessageJudge {
  readonly #agents: AgentSessions;
  readonly #judging: Judging;

  constructor(agents: AgentSessions, judging: Judging) {
    this.#agents = agents;
    this.#judging = judging;
  }

  /**
   * What an agent may be told of a message: all of it, in the bytes that were judged, or nothing. In propagate mode the
   * agent has read it from now on.
   */
  async readable(
    server: GuardedServer,
    { message, caller }: { message: Message; caller: Caller },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const agent = expectAgent(this.#agents, caller);
    const params = judgedBytes(server, message.params);
    // A configured write-sink is the operator's word that what it says is delivered.
    if ((await agent.guardOf(server, signal)).isOperatorsWord) return params;
    const read = await this.#judge({ server, agent, operation: 'read' }, { ...message, params }, signal);
    return read.kind === 'result' && !read.isChanged ? params : undefined;
  }

  /** What of a client's message may be sent to the server: all of it, in the bytes that were judged, or nothing. */
  async writable(
    server: GuardedServer,
    said: { message: Message; caller: Caller },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const outcome = await this.judgeWrite(server, said, signal);
    return outcome.kind === 'result' ? judgedBytes(server, said.message.params) : undefined;
  }

  /** The same with the reason why not. */
  async judgeWrite(
    server: GuardedServer,
    { message, caller }: { message: Message; caller: Caller },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const agent = expectAgent(this.#agents, caller);
    const params = judgedBytes(server, message.params);
    return this.#judge({ server, agent, operation: 'write' }, { ...message, params }, signal);
  }

  async #judge(
    { server, agent, operation }: { server: GuardedServer; agent: AgentSession; operation: 'read' | 'write' },
    { name, params }: Message,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { rules, log, audit, activity } = this.#judging;
    const call = { tool: name, args: params };
    if (operation === 'write') agent.noteSaid(server, call);
    const perform = async () => params;
    const judged = { call, perform, isIndivisible: true, operation, server, agent, rules };
    const work = ({ signal, onWrite, notes }: WorkTerms) => toolCall({ ...judged, onWrite, notes }, signal);
    const errand = { subject: name, call, server, agent };
    return inMessageSpan(name, server.config.name, () =>
      judgedWork(errand, { log, audit, activity, work }, signal),
    );
  }
}

/** For a guard: one object whose members come once. What nobody judges stays as it is. Throws for what is no JSON. */
function judgedBytes({ config }: GuardedServer, params: string): string {
  if (config.guard.kind !== 'noop') return JSON.stringify(parseLossless(params));
  JSON.parse(params);
  return params;
}
