import type { AgentSession } from '../agent/agent-session.ts';
import type { Watch } from '../agent/deliveries.ts';
import type { ToolCall } from '../backend/backend.ts';
import type { PrivilegeConfig } from '../config/gateway-config.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Caller } from '../http/caller.ts';
import type { Log } from '../log.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Outcome } from '../outcome.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { isApproval, isPlainRequest } from './approval.ts';

/** One use of a privilege: what an operator must be able to see afterwards. Lists of tags are sorted by code unit. */
export interface PrivilegeUse {
  readonly privilege: string;
  readonly principal: string;
  readonly run: string;
  readonly server: string;
  readonly tool: string;
  /** Tags of the secrecy that the agent lost. */
  readonly dropped: readonly string[];
  /** Tags of the integrity that it gained. */
  readonly added: readonly string[];
  /** Tags that it carried and kept, since something that was delivered while the tool was called carries them. */
  readonly kept: readonly string[];
  readonly before: Labels;
  readonly after: Labels;
  /** For how long; undefined: until the agent session ends. */
  readonly durationMs: number | undefined;
}

/** A call after which privileges may be used; to be disposed of with it. */
export interface PrivilegedCall extends Disposable {
  /** Uses them, where the outcome is what they wait for. In the same turn as the outcome is handed out, and once. */
  settle(outcome: Outcome): void;
}

/** A `tools/call` as it came. */
interface SaidCall {
  readonly caller: Caller;
  readonly call: ToolCall;
  /** The JSON of an object in which no member comes twice. */
  readonly params: string;
}

/** Who makes the call, and where. */
interface Place {
  readonly server: GuardedServer;
  readonly agent: AgentSession;
}

interface PrivilegesParts {
  readonly log: Log;
  /** Told of each use: for the audit trail. */
  readonly used?: (use: PrivilegeUse) => void;
}

/** Why a privilege was not used after its tool was called: for the log. */
const reasons = {
  REQUEST: 'the call was not made with exactly the configured arguments',
  OUTCOME: 'the call gave no result',
  CHANGED: 'the result was not delivered as the server gave it',
  CLIENT: "the agent's client has told the server something meanwhile, and clientAnswers is not set",
  RESULT: 'the result is not what the rule asks for',
  NOTHING: 'there is nothing that it may change: it is used up, or all was read while the tool was called',
} as const;
type Reason = keyof typeof reasons;

const unprivileged: PrivilegedCall = { settle: () => undefined, [Symbol.dispose]: () => undefined };

/** The operator's rules by which agents may lose secrecy or gain integrity; without one there is no way. */
export class Privileges {
  readonly #rules: readonly PrivilegeConfig[];
  readonly #parts: PrivilegesParts;

  constructor(rules: readonly PrivilegeConfig[], parts: PrivilegesParts) {
    this.#rules = rules;
    this.#parts = parts;
  }

  /** A call begins: before it is judged, so that whatever the agent is given from now on is known. */
  begin({ caller, call, params }: SaidCall, { server, agent }: Place): PrivilegedCall {
    const { name } = server.config;
    const rules = this.#rules.filter(
      (rule) => rule.server === name && rule.tool === call.tool && rule.principals.includes(caller.principal),
    );
    if (rules.length === 0) return unprivileged;
    const said = { args: call.args, members: rawMembers(params).keys().toArray() };
    const watch = agent.watch(call, server);
    let isSettled = false;
    const settle = (outcome: Outcome) => {
      if (isSettled) return;
      isSettled = true;
      for (const rule of rules) {
        const reason = isPlainRequest(rule, said) ? refusalOf(rule, { outcome, watch }) : 'REQUEST';
        const use = reason ?? this.#use(rule, { agent, run: caller.run, watch });
        this.#note(rule, { caller, use });
      }
    };
    return { settle, [Symbol.dispose]: () => watch[Symbol.dispose]() };
  }

  #use(
    rule: PrivilegeConfig,
    { agent, run, watch }: { agent: AgentSession; run: string; watch: Watch },
  ): PrivilegeUse | Reason {
    const before = agent.labels;
    const wanted = { drop: new Set(rule.drop), add: new Set(rule.add) };
    const change = agent.usePrivilege(rule, wanted, watch);
    if (change === undefined) return 'NOTHING';
    const { name, server, tool, durationMs } = rule;
    return {
      privilege: name,
      principal: agent.principal,
      run,
      server,
      tool,
      dropped: [...change.drop].sort(),
      added: [...change.add].sort(),
      kept: [...wanted.drop.intersection(agent.labels.secrecy)].sort(),
      before,
      after: agent.labels,
      durationMs,
    };
  }

  /** No tags in the log: those are for the audit trail. */
  #note(
    { name, server, tool }: PrivilegeConfig,
    { caller, use }: { caller: Caller; use: PrivilegeUse | Reason },
  ): void {
    const { log, used } = this.#parts;
    const { principal, run } = caller;
    const fields = { privilege: name, principal, run, server, tool };
    if (typeof use === 'string') {
      const reason = `PRIVILEGE_${use}`;
      log.write('info', `a privilege was not used: ${reasons[use]}`, { ...fields, reason });
      return;
    }
    const { dropped, added, kept } = use;
    const counts = { dropped: dropped.length, added: added.length, kept: kept.length };
    log.write('warn', 'a privilege was used', { ...fields, ...counts });
    used?.(use);
  }
}

function refusalOf(
  { clientAnswers, result }: PrivilegeConfig,
  { outcome, watch }: { outcome: Outcome; watch: Watch },
): Reason | undefined {
  if (outcome.kind !== 'result') return 'OUTCOME';
  if (outcome.isChanged) return 'CHANGED';
  if (watch.hasClientSpoken && !clientAnswers) return 'CLIENT';
  return isApproval(outcome.text, result) ? undefined : 'RESULT';
}
