import { randomBytes } from 'node:crypto';
import { canonicalPath } from '../config/mount-policy.ts';
import type { RpcMessage } from '../rpc/rpc-message.ts';
import { endsOnce } from './ends-once.ts';
import { removeContainer } from './remove-container.ts';
import type { ServerTransport, TransportListener } from './server-transport.ts';
import { type ServerProgram, StdioTransport } from './stdio-transport.ts';
import { TransportError } from './transport-error.ts';

/** A program that is the client of a container runtime, with `run` among its arguments. */
export interface ContainerProgram extends ServerProgram {
  /** How many arguments stand before `run`; they stand before every other of the client's commands, too. */
  readonly runAt: number;
  /** What the container is given of this machine, and where that led when it was judged. */
  readonly mounts: readonly { readonly path: string; readonly leadsTo: string }[];
}

/** What the operator is told. */
interface ContainerLog {
  /** A line of the server's standard error. */
  line(line: string): void;
  warn(message: string): void;
}

/**
 * A server that is a container: its client is attached to it and spoken to as to any program. The container is no child of the
 * client, which may be gone while it runs, so it has a name of its own and is removed by it.
 */
export class ContainerTransport implements ServerTransport {
  readonly #program: ContainerProgram;
  readonly #listener: TransportListener;
  readonly #log: ContainerLog;
  readonly #container: string;
  readonly #client: StdioTransport;
  #removal: Promise<void> | undefined;

  /** `serverName` becomes a part of the container's name. */
  constructor(
    { serverName, program }: { readonly serverName: string; readonly program: ContainerProgram },
    listener: TransportListener,
    log: ContainerLog,
  ) {
    this.#program = program;
    this.#listener = endsOnce(listener);
    this.#log = log;
    this.#container = `sluice-${serverName}-${randomBytes(8).toString('hex')}`;
    const named = program.args.toSpliced(program.runAt + 1, 0, '--name', this.#container);
    this.#client = new StdioTransport({ ...program, args: named }, this.#attached(), log.line);
  }

  async start(): Promise<void> {
    const moved = this.#program.mounts.some(({ path, leadsTo }) => canonicalPath(path) !== leadsTo);
    if (moved) {
      const words = 'a mount leads elsewhere than when the configuration was read, so it is not started';
      const error = new TransportError('UNREACHABLE', words);
      this.#listener.ended(error);
      throw error;
    }
    await this.#client.start();
  }

  send(message: RpcMessage, signal: AbortSignal): Promise<void> {
    return this.#client.send(message, signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#removed();
  }

  #attached(): TransportListener {
    return {
      received: (message) => this.#listener.received(message),
      fault: (error) => this.#listener.fault(error),
      ended: (error) => {
        void this.#removed();
        this.#listener.ended(error);
      },
    };
  }

  /** Once; where the client was never started there is no container. */
  #removed(): Promise<void> {
    if (this.#client.pid === undefined) return Promise.resolve();
    const client = { ...this.#program, args: this.#program.args.slice(0, this.#program.runAt) };
    this.#removal ??= removeContainer(client, this.#container).catch((error: unknown) =>
      this.#log.warn(`the container ${this.#container} may still be there: ${error}`),
    );
    return this.#removal;
  }
}
