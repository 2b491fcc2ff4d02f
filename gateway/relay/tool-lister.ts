import type { AgentSessions } from '../agent/agent-sessions.ts';
import { type ToolDefinition, withOnlyTools } from '../backend/tool-definition.ts';
import type { Guard } from '../guard/guard.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { timeLimit } from '../time-limit.ts';
import { asFailure, noteFailure } from './call-failure.ts';
import type { ClientRequest } from './client-request.ts';
import { readDeclared } from './declared-integrity.ts';
import { expectAgent } from './expect-agent.ts';
import type { ToolJudging } from './judged-work.ts';
import { outcomeError } from './outcome-error.ts';
import { performer } from './request-caller.ts';
import { isOffered } from './tool-caller.ts';

/** What a client is shown where it may see no tools. */
const noTools = '{"tools":[]}';

/** Throws the refusal where it is to be told. */
function withoutList({ isRefusalTold }: ClientRequest, refusal: Parameters<typeof outcomeError>[0]): string {
  if (isRefusalTold === true) throw outcomeError(refusal);
  return noTools;
}

/** Lists a server's tools to agents: those that the configuration offers, as they were when the agent first saw them. */
export class ToolLister {
  readonly #agents: AgentSessions;
  readonly #judging: ToolJudging;

  constructor(agents: AgentSessions, judging: ToolJudging) {
    this.#agents = agents;
    this.#judging = judging;
  }

  /** A page of the list, the server's own bytes where nothing is left out; no tools when its guard cannot be had, or it may not be read. */
  async list(server: GuardedServer, request: ClientRequest, signal: AbortSignal): Promise<string> {
    const agent = expectAgent(this.#agents, request.caller);
    using limit = timeLimit(server.config.toolTimeoutMs, signal);
    const terms = {
      signal: limit.signal,
      onWrite: () => undefined,
      restart: limit.restart,
      pause: limit.pause,
    };
    const guard = await agent.guardOf(server, limit.signal).catch(() => undefined);
    if (guard === undefined) return withoutList(request, { kind: 'failed', reason: 'GUARD_UNAVAILABLE' });
    if (!this.#mayRead(server, guard, request))
      return withoutList(request, { kind: 'denied', reason: 'READ_INTEGRITY' });
    try {
      const result = await performer(request, terms)(limit.signal);
      const page = request.link.noteTools(result);
      if (page.nextCursor === undefined && !request.params.includes('"cursor"'))
        server.noteToolCount(page.tools.length);
      const isShown = (tool: ToolDefinition) => isOffered(server, tool.name) && agent.pinTool(server, tool);
      const shown = page.tools.filter(isShown);
      this.#audit(
        server,
        page.tools.filter((tool) => isOffered(server, tool.name) && !shown.includes(tool)),
      );
      const shaping = this.#judging.shaping.of(server.config);
      return withOnlyTools(
        result,
        page,
        shown.map((tool) => shaping.promised(tool)),
      );
    } catch (error) {
      const failure = asFailure(error, { server, signal, limited: limit.signal });
      const { code } = noteFailure('tools/list', failure, { server, log: this.#judging.log });
      throw outcomeError({ kind: 'failed', reason: code });
    }
  }

  #mayRead(server: GuardedServer, guard: Guard, { caller }: ClientRequest): boolean {
    const agent = expectAgent(this.#agents, caller);
    const { operatorMode } = this.#judging.rules;
    return readDeclared({ server, agent }, { operator: operatorMode, guard: guard.mode });
  }

  /** A tool whose definition is another than before may have been poisoned: whoever runs this must learn of it. */
  #audit(server: GuardedServer, changed: readonly ToolDefinition[]): void {
    for (const { name } of changed) {
      const fields = { server: server.config.name, tool: name, reason: 'TOOL_CHANGED' };
      this.#judging.log.write('warn', 'a tool is not what it was, and is withheld from this agent', fields);
    }
  }
}
