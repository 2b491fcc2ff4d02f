import type { ServerConfig } from '../config/gateway-config.ts';
import { usualEnvironment } from '../config.ts';
import { asGatewayError, type GatewayError } from '../gateway-error.ts';
import type { Labeler } from '../guard/labeler.ts';
import { GuardedServer } from '../guarded-server.ts';
import type { Log } from '../log.ts';
import type { Labels } from '../monitor/labels.ts';
import { httpWay } from '../server-transport/http-way.ts';
import type { OpenTransports } from '../server-transport/open-transports.ts';
import { transportMaker } from '../server-transport/transport-maker.ts';
import type { GuardReads } from './guard-reads.ts';
import { WitnessedGuard } from './witnessed-guard.ts';

/** What servers are made of whose guards are asked, and whose tools are not called. */
export interface ExplainSurroundings {
  readonly labeler: Labeler;
  readonly log: Log;
  readonly open: OpenTransports;
  readonly reads: GuardReads;
  /** The labels that the agent is taken to have; undefined: those that it has. */
  readonly as: Labels | undefined;
}

/** A server whose guard is opened as for an agent, and what became of that. It is connected to for what guards read only. */
export class WitnessedServer extends GuardedServer {
  readonly #as: Labels | undefined;
  /** Once it was opened. */
  guard: WitnessedGuard | undefined;
  /** Why it was not opened. */
  problem: GatewayError | undefined;

  constructor(config: ServerConfig, around: ExplainSurroundings) {
    const { labeler, log, reads } = around;
    super(config, { ...wayTo(config, around), labeler, log, read: reads.readerFor(config.name) });
    this.#as = around.as;
  }

  override async openGuard(principal: string, agent: () => Labels): Promise<WitnessedGuard> {
    const as = this.#as;
    try {
      const guard = await super.openGuard(principal, as === undefined ? agent : () => as);
      this.guard = new WitnessedGuard(guard);
      return this.guard;
    } catch (error) {
      this.problem = asGatewayError(error);
      throw error;
    }
  }
}

/** The gateway's own way to the server where guards may read; otherwise none. */
function wayTo(config: ServerConfig, { open, log, reads }: ExplainSurroundings) {
  if (!reads.areAllowed) {
    const transport = () => {
      throw new Error('nothing connects to a server to explain a call');
    };
    return { transport };
  }
  const { transport, connectTimeoutMs } = config;
  const http = transport.kind === 'http' ? httpWay(transport, connectTimeoutMs) : undefined;
  return { http, transport: transportMaker(config, { environment: usualEnvironment(), log, http, open }) };
}
