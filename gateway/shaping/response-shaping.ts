import { ConfigError } from '../config/config-error.ts';
import type { GatewayConfig, ServerConfig } from '../config/gateway-config.ts';
import type { Log } from '../log.ts';
import { filterProblems } from './filter-problems.ts';
import { JqWorker } from './jq-worker.ts';
import { PayloadSpill } from './payload-spill.ts';
import { ServerShaping } from './server-shaping.ts';

/** What is done to the tool calls of all servers besides judging them. */
export class ResponseShaping implements AsyncDisposable {
  readonly #jq: JqWorker;
  readonly #spill: PayloadSpill | undefined;
  readonly #log: Log;
  /** By the configuration: a server whose entry stays as it is keeps what is known of its rate limit. */
  readonly #servers = new WeakMap<ServerConfig, ServerShaping>();

  private constructor(jq: JqWorker, spill: PayloadSpill | undefined, log: Log) {
    this.#jq = jq;
    this.#spill = spill;
    this.#log = log;
  }

  /** Throws a ConfigError with each filter that jq does not take. A folder that cannot be used is told in the log. */
  static async start(
    { servers, payloads }: Pick<GatewayConfig, 'servers' | 'payloads'>,
    log: Log,
  ): Promise<ResponseShaping> {
    await using parts = new AsyncDisposableStack();
    const jq = parts.use(new JqWorker());
    const problems = await filterProblems(servers, jq);
    if (problems.length > 0) throw new ConfigError(problems);
    const spill = payloads && new PayloadSpill(payloads);
    await spill?.prepare().catch((error: Error) => {
      log.write('error', `large results will fail, gateway.payloads cannot be used: ${error.message}`);
    });
    parts.move();
    return new ResponseShaping(jq, spill, log);
  }

  /** Throws a ConfigError with each filter of other servers that jq does not take. */
  async expectFilters(servers: readonly ServerConfig[]): Promise<void> {
    const problems = await filterProblems(servers, this.#jq);
    if (problems.length > 0) throw new ConfigError(problems);
  }

  /** What is done for one server. */
  of(server: ServerConfig): ServerShaping {
    const known = this.#servers.get(server);
    if (known !== undefined) return known;
    const now = () => performance.now();
    const shaping = new ServerShaping(server, { jq: this.#jq, spill: this.#spill, log: this.#log, now });
    this.#servers.set(server, shaping);
    return shaping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#jq[Symbol.asyncDispose]();
  }
}
