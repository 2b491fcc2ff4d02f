import { backendFailure, expectJson, unreachable } from '../backend/backend-failure.ts';
import { type AskForPage, ToolCatalog } from '../backend/tool-catalog.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import type { HttpWay } from '../server-transport/http-way.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import { inBackendSpan, type ToldServer } from '../telemetry/backend-span.ts';
import { networkOf } from '../telemetry/network-attributes.ts';
import { timeLimit } from '../time-limit.ts';
import { until } from '../until.ts';
import { type ModernCall, ModernServer } from './modern-server.ts';
import type { NotificationListener } from './read-modern-answer.ts';
import { speaksModern } from './speaks-modern.ts';

/** A server of 2026-07-28 as all of its clients share it: it has no sessions, so there is nothing else to share. */
export class ModernBackend implements AsyncDisposable {
  readonly #name: string;
  readonly #told: ToldServer;
  readonly #server: ModernServer;
  readonly #way: HttpWay;
  readonly #reached: (isReached: boolean) => void;
  readonly #ending = new AbortController();
  readonly #catalog = new ToolCatalog(() => Promise.reject(new Error('somebody has to ask')));
  #speaksModern: Promise<boolean> | undefined;

  /** `reached` is told whether the server could be reached, each time. */
  constructor(name: string, way: HttpWay, reached: (isReached: boolean) => void = () => undefined) {
    this.#name = name;
    this.#told = { name, network: networkOf({ kind: 'http', url: way.address.url }) };
    this.#reached = reached;
    this.#way = way;
    this.#server = new ModernServer(way.address);
  }

  /** Whether the server speaks this era; asked until it has been reached once. Throws BACKEND_UNAVAILABLE. */
  async speaks(signal: AbortSignal): Promise<boolean> {
    this.#speaksModern ??= this.#ask();
    try {
      // The question is everybody's, so one caller's signal only ends that caller's wait.
      return await until(this.#speaksModern, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw unreachable(this.#name, cause);
    }
  }

  /** The server may be one of another era now, with other tools: whoever comes next asks it. */
  forgetEra(): void {
    this.#speaksModern = undefined;
    this.#catalog.forget();
  }

  /** The result as the server spelled it. Throws BACKEND_ERROR, BACKEND_UNAVAILABLE, or the reason of `signal`. */
  async request(call: ModernCall, listener: NotificationListener, signal: AbortSignal): Promise<string> {
    try {
      const send = (sent: ModernCall) => this.#server.request(sent, listener, signal);
      return expectJson(await inBackendSpan(this.#told, call, send));
    } catch (cause) {
      signal.throwIfAborted();
      throw backendFailure(this.#name, cause);
    }
  }

  findTool(name: string, signal: AbortSignal, ask: AskForPage): Promise<ToolDefinition | undefined> {
    return this.#catalog.find(name, signal, ask);
  }

  noteTools(result: string): ToolPage {
    return this.#catalog.note(result);
  }

  forgetTools(): void {
    this.#catalog.forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new TransportError('CLOSED', 'the connection was closed'));
    this.#server[Symbol.dispose]();
  }

  /** Waits for a server that is not there yet. A failure is forgotten, whoever hears of it. */
  #ask(): Promise<boolean> {
    const asking = this.#way.patience.attempt(() => this.#askOnce(), this.#ending.signal);
    asking.then(
      // One that does not was not spoken to as it wants to be.
      (isModern) => isModern && this.#reached(true),
      () => {
        if (this.#speaksModern === asking) this.#speaksModern = undefined;
        if (!this.#ending.signal.aborted) this.#reached(false);
      },
    );
    return asking;
  }

  async #askOnce(): Promise<boolean> {
    const { connectTimeoutMs } = this.#way;
    using limit = timeLimit(connectTimeoutMs, this.#ending.signal);
    try {
      return await speaksModern(this.#server, limit.signal);
    } catch (cause) {
      if (!limit.signal.aborted || this.#ending.signal.aborted) throw cause;
      throw new TransportError('BROKEN', `the server did not answer within ${connectTimeoutMs / 1000} s`);
    }
  }
}
