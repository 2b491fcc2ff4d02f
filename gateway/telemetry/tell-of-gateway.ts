import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { Health, ServerHealth } from '../control/health.ts';
import { attribute } from './attributes.ts';
import { readWhenCollected, type Tell } from './instruments.ts';

/** What there is to tell of a gateway at any time. */
export interface ToldGateway {
  readonly agents: AgentSessions;
  readonly health: Health;
  readonly audit: AuditTrail | undefined;
}

/** More than anybody configures, in all configurations that a process has seen. */
const maxServers = 1_000;

const states: readonly ServerHealth['state'][] = ['starting', 'ready', 'unavailable'];

/** Tells whenever metrics are collected what a gateway knows anyway, until it is disposed of. */
export function tellOfGateway({ agents, health, audit }: ToldGateway): Disposable {
  const told = new Set<string>();
  return readWhenCollected(async (tell) => {
    tell('agentSessions', agents.list().length);
    if (audit !== undefined) tellOfTrail(audit, tell);
    // As `/health`: guards are asked again, once a second at most, and waited for as long.
    const servers = await health.servers();
    for (const server of Object.keys(servers)) if (told.size < maxServers) told.add(server);
    // Of one that is not configured any more the SDK repeats what was said last, which may be that it is ill.
    for (const server of told) tellOfServer(server, servers[server]?.state, tell);
  });
}

function tellOfServer(server: string, state: ServerHealth['state'] | undefined, tell: Tell): void {
  for (const each of states)
    tell('serverStatus', each === state ? 1 : 0, {
      [attribute.server]: server,
      [attribute.serverState]: each,
    });
}

function tellOfTrail({ figures }: AuditTrail, tell: Tell): void {
  tell('auditLines', figures.written);
  tell('auditLost', figures.lost);
  tell('auditWaiting', figures.waiting);
  tell('auditWritable', figures.isWritable ? 1 : 0);
}
