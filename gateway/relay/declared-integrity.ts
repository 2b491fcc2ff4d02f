import type { AgentSession } from '../agent/agent-session.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { brokenReadRule } from '../monitor/access.ts';
import { join } from '../monitor/labels.ts';
import { floorMode, type Mode, modeForWholes } from '../monitor/mode.ts';

/**
 * Whether an agent may read what a server says of itself: its lists, its descriptions, its instructions. They are as
 * trusted as the configuration declares. In propagate mode they may be read, and the agent is as trusted as they are then.
 */
export function readDeclared(
  { server, agent }: { server: GuardedServer; agent: AgentSession },
  modes: { operator: Mode | undefined; guard: Mode },
): boolean {
  const declared = server.config.integrity;
  if (declared.includes('*')) return true;
  const text = { secrecy: new Set<string>(), integrity: new Set(declared) };
  const mode = modeForWholes(floorMode(modes.operator, modes.guard));
  const before = agent.labels;
  if (brokenReadRule({ mode, operation: 'read', agent: before }, text) !== undefined) return false;
  if (mode === 'propagate') agent.receive(before, join(before, text), { labels: () => text });
  else agent.noteDelivery(text);
  return true;
}
