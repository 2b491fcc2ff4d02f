import { AgentSessions } from '../../../gateway/agent/agent-sessions.ts';
import type { PeerSession } from '../../../gateway/client-endpoint/session-peer.ts';
import type { ServerConfig } from '../../../gateway/config/gateway-config.ts';
import { noLabels, noopGuard } from '../../../gateway/guard/built-in-guards.ts';
import type { Guard } from '../../../gateway/guard/guard.ts';
import { LabelerClient } from '../../../gateway/guard/labeler-client.ts';
import { GuardedServer } from '../../../gateway/guarded-server.ts';
import type { Operation } from '../../../gateway/monitor/access.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';
import { Privileges } from '../../../gateway/privilege/privileges.ts';
import type { ToolJudging } from '../../../gateway/relay/judged-work.ts';
import { MessageJudge } from '../../../gateway/relay/message-judge.ts';
import { ServerMessages } from '../../../gateway/relay/server-messages.ts';
import { ResponseShaping } from '../../../gateway/shaping/response-shaping.ts';
import { serverConfig } from '../granting-server.ts';
import { silentLog } from '../silent-log.ts';

const wasm = {
  kind: 'wasm',
  name: 'test',
  file: 'test.wasm',
  policy: {},
  backendTools: undefined,
  toolCallLimits: [],
} as const;

/** A server whose guard is a test's own. */
export class JudgingServer extends GuardedServer {
  readonly #guard: Partial<Guard>;

  constructor(guard: Partial<Guard> = {}, config: Partial<ServerConfig> = {}) {
    const transport = () => {
      throw new Error('nobody connects to it');
    };
    const labeler = new LabelerClient('unix:/no/such/socket');
    super(serverConfig({ guard: wasm, ...config }), { transport, labeler, log: silentLog });
    this.#guard = guard;
  }

  override async openGuard(): Promise<Guard> {
    return { ...noopGuard, ...this.#guard };
  }
}

/** What a guard answers to a question about a resource. */
export function resource(labels: Labels = noLabels, operation: Operation = 'read-write') {
  return { resource: { description: '', ...labels }, operation };
}

export const caller = { principal: 'alice', run: '1' };

/** Nothing is done to results but judging them. */
const shaping = await ResponseShaping.start({ servers: [], payloads: undefined }, silentLog);

/** What everything of a test is judged with: one agent, one server. */
export function judgingFor(server: GuardedServer, log = silentLog) {
  const agents = new AgentSessions([server]);
  const privileges = new Privileges([], { log });
  const judging: ToolJudging = {
    rules: { operatorMode: undefined, notice: 'full' },
    log,
    shaping,
    privileges,
  };
  return { agents, judging, judge: new MessageJudge(agents, judging) };
}

/** The messages of a server for one client, and what that was sent. */
export function messagesOf(server: GuardedServer, log = silentLog) {
  const sent: string[] = [];
  const session: PeerSession = {
    id: 's',
    caller,
    protocolVersion: '2025-11-25',
    send: (text) => sent.push(text),
  };
  const { judge, agents } = judgingFor(server, log);
  const messages = new ServerMessages({ session, server: () => server, judge, log });
  return { messages, sent, agents };
}
