import type { ServerConfig } from '../../gateway/config/gateway-config.ts';
import { noopGuard } from '../../gateway/guard/built-in-guards.ts';
import type { Guard } from '../../gateway/guard/guard.ts';
import { LabelerClient } from '../../gateway/guard/labeler-client.ts';
import { GuardedServer } from '../../gateway/guarded-server.ts';
import type { Labels } from '../../gateway/monitor/labels.ts';
import { silentLog } from './silent-log.ts';

const nowhere = 'unix:/no/such/socket';

/** Labels from lists of tags. */
export function labels(secrecy: readonly string[] = [], integrity: readonly string[] = []): Labels {
  return { secrecy: new Set(secrecy), integrity: new Set(integrity) };
}

/** A configured server; nobody connects to it. */
export function serverConfig(config: Partial<ServerConfig> = {}): ServerConfig {
  return {
    name: 'server',
    transport: { kind: 'http', url: 'http://127.0.0.1:1/', headers: {}, credentials: undefined },
    guard: { kind: 'noop' },
    tools: undefined,
    audience: ['*'],
    bounds: undefined,
    integrity: ['*'],
    connection: 'session',
    connectTimeoutMs: 30_000,
    toolTimeoutMs: 1_000,
    responseFilters: {},
    rateLimitBreaker: undefined,
    ...config,
  };
}

/** A server whose guards come when a test says so, and grant what it says. */
export class GrantingServer extends GuardedServer {
  readonly openings: PromiseWithResolvers<Guard>[] = [];
  readonly agents: (() => Labels)[] = [];
  /** Guards that were done with. */
  closed = 0;

  constructor(name = 'server') {
    const transport = () => {
      throw new Error('nobody connects to it');
    };
    super(serverConfig({ name }), { transport, labeler: new LabelerClient(nowhere), log: silentLog });
  }

  override openGuard(_principal: string, agent: () => Labels): Promise<Guard> {
    const opening = Promise.withResolvers<Guard>();
    this.openings.push(opening);
    this.agents.push(agent);
    return opening.promise;
  }

  /** Lets the guard be had that was asked for last. */
  grant(grant = labels()): Guard {
    const close = () => {
      this.closed++;
    };
    const guard: Guard = { ...noopGuard, grant, [Symbol.dispose]: close };
    this.openings.at(-1)?.resolve(guard);
    return guard;
  }
}
