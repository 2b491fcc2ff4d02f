import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { writeObject } from '../rpc/raw-object.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { saidOf } from '../said-of.ts';
import { timeLimit } from '../time-limit.ts';
import { version } from '../version.ts';
import type { ClientRequest } from './client-request.ts';
import { readDeclared } from './declared-integrity.ts';
import { expectAgent } from './expect-agent.ts';
import type { Judging } from './judged-work.ts';

/** How long a client's `initialize` waits for its server and its guard, in milliseconds; most clients give up after a minute. */
const welcomeMs = 5_000;

/** Answers a client's `initialize`. */
export class Welcome {
  readonly #agents: AgentSessions;
  readonly #judging: Judging;

  constructor(agents: AgentSessions, judging: Judging) {
    this.#agents = agents;
    this.#judging = judging;
  }

  /**
   * The server's own answer, without its instructions where the agent may not read them; nothing where the server or its
   * guard cannot be had in time. Throws the error of a server without a guard.
   */
  async of(
    server: GuardedServer,
    { caller, link }: ClientRequest,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const agent = expectAgent(this.#agents, caller);
    using limit = timeLimit(welcomeMs, signal);
    try {
      const guard = await agent.guardOf(server, limit.signal);
      const result = await link.welcome(limit.signal);
      const modes = { operator: this.#judging.rules.operatorMode, guard: guard.mode };
      return readDeclared({ server, agent }, modes) ? result : withoutWords(result, server.config.name);
    } catch (error) {
      signal.throwIfAborted();
      const cause = error instanceof Error ? error.cause : undefined;
      if (server.config.guard.kind === 'noop' && cause instanceof AnswerError) throw RpcError.from(cause);
      const { words, fields } = saidOf(error);
      this.#judging.log.write('warn', `initialize: ${words}`, { server: server.config.name, ...fields });
      return undefined;
    }
  }
}

/** What stands for the answer of a server that is not there: it has tools, and will say when they are others. */
export function absentWelcome(serverName: string, protocolVersion: string): string {
  return JSON.stringify({
    protocolVersion,
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: serverName, version },
  });
}

/** What servers offer by the revisions, and what they may say of it. */
const capabilityNames = ['completions', 'logging', 'prompts', 'resources', 'tools'];
const capabilityFlags = ['listChanged', 'subscribe'];

/** Only what the protocol goes on with: any other text in it, names included, a server may have written for a model. */
function withoutWords(result: string, serverName: string): string {
  const members = rawMembers(result);
  const capabilities = rawMembers(members.get('capabilities') ?? '{}');
  const offered = capabilityNames.filter((name) => capabilities.get(name)?.startsWith('{'));
  const flags = offered.map((name) => [name, flagsOf(capabilities.get(name) ?? '{}')] as const);
  const isDiscovery = members.has('supportedVersions');
  return writeObject([
    isDiscovery ? ['supportedVersions', '[]'] : ['protocolVersion', members.get('protocolVersion') ?? '""'],
    ['capabilities', writeObject(flags)],
    ['serverInfo', JSON.stringify({ name: serverName, version })],
  ]);
}

function flagsOf(capability: string): string {
  const members = rawMembers(capability);
  const flags = capabilityFlags.filter((flag) => members.get(flag) === 'true');
  return writeObject(flags.map((flag) => [flag, 'true']));
}
