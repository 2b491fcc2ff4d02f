import { backendFailure, expectJson, wordsOf } from '../backend-failure.ts';
import { GatewayError } from '../gateway-error.ts';
import type { HttpAddress } from '../server-transport/http-exchange.ts';
import { type AskForPage, ToolCatalog } from '../tool-catalog.ts';
import type { ToolDefinition, ToolPage } from '../tool-definition.ts';
import { until } from '../until.ts';
import { type ModernCall, ModernServer } from './modern-server.ts';
import type { NotificationListener } from './read-modern-answer.ts';
import { speaksModern } from './speaks-modern.ts';

/** How long a server may take to say which era it speaks. */
const askMs = 10_000;

/** A server of 2026-07-28 as all of its clients share it: it has no sessions, so there is nothing else to share. */
export class ModernBackend implements AsyncDisposable {
  readonly #name: string;
  readonly #server: ModernServer;
  readonly #catalog = new ToolCatalog(() => Promise.reject(new Error('somebody has to ask')));
  #speaksModern: Promise<boolean> | undefined;

  constructor(name: string, address: HttpAddress) {
    this.#name = name;
    this.#server = new ModernServer(address);
  }

  /** Whether the server speaks this era; asked until it has been reached once. Throws BACKEND_UNAVAILABLE. */
  async speaks(signal: AbortSignal): Promise<boolean> {
    // Not with the signal of whoever asks first: others wait for the same.
    this.#speaksModern ??= speaksModern(this.#server, AbortSignal.timeout(askMs));
    try {
      return await until(this.#speaksModern, signal);
    } catch (cause) {
      signal.throwIfAborted();
      this.#speaksModern = undefined;
      throw new GatewayError('BACKEND_UNAVAILABLE', `${this.#name} cannot be reached: ${wordsOf(cause)}`, {
        cause,
      });
    }
  }

  /** The result as the server spelled it. Throws BACKEND_ERROR, BACKEND_UNAVAILABLE, or the reason of `signal`. */
  async request(call: ModernCall, listener: NotificationListener, signal: AbortSignal): Promise<string> {
    try {
      return expectJson(await this.#server.request(call, listener, signal));
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
    this.#server[Symbol.dispose]();
  }
}
