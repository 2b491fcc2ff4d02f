import type { LinkRequest, ServerLink } from '../backend/server-link.ts';
import type { ToolCatalog } from '../backend/tool-catalog.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import { GatewayError } from '../gateway-error.ts';
import { isJsonObject } from '../policy/json-value.ts';
import { until } from '../until.ts';

/** How far a request has come. */
export type Progress =
  | { readonly kind: 'forwarded'; readonly params: string }
  | { readonly kind: 'ended'; readonly result: Promise<string> };

/**
 * A request that somebody else carries out: the way to the server of the work that judges it. The work runs until it would
 * send the request, waits while another gateway does, and goes on with the result that is handed in.
 */
export class SuspendedCall implements ServerLink {
  readonly #tools: ToolCatalog;
  readonly #params: string;
  readonly #ending = new AbortController();
  readonly #forwarded = Promise.withResolvers<string>();
  readonly #response = Promise.withResolvers<string>();
  #isForwarded = false;
  #result: Promise<string> | undefined;

  /** `tools`: what is known of the server's, from the lists that came by; `params`: those of the request, as they came. */
  constructor(tools: ToolCatalog, params = '{}') {
    this.#tools = tools;
    this.#params = params;
  }

  /** Starts the work, and waits until it would send the request, or has ended without. */
  async start(
    work: (link: ServerLink, signal: AbortSignal) => Promise<string>,
    signal: AbortSignal,
  ): Promise<Progress> {
    const result = work(this, this.#ending.signal);
    this.#result = result;
    // Where it fails later than anybody waits for it, nobody needs to know.
    const ended = result.then(
      () => ({ kind: 'ended', result }) as const,
      () => ({ kind: 'ended', result }) as const,
    );
    const forwarded = this.#forwarded.promise.then((params) => ({ kind: 'forwarded', params }) as const);
    try {
      return await until(Promise.race([forwarded, ended]), signal);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Goes on with the server's result; what the client may get of it. Throws what the client is told instead. */
  async resume(response: string, signal: AbortSignal): Promise<string> {
    this.#response.resolve(response);
    try {
      return await until(this.#result ?? Promise.reject(this.#ending.signal.reason), signal);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Settles when the work has ended, however. */
  get ended(): Promise<unknown> {
    return Promise.allSettled([this.#result]);
  }

  /** Ends the work: whatever comes later is delivered to nobody. */
  end(): void {
    this.#ending.abort();
  }

  /** The client's own: who carries this out has said nothing for it. */
  welcome(signal: AbortSignal): Promise<string> {
    return this.#forward(this.#params, signal);
  }

  request({ params }: LinkRequest, signal: AbortSignal): Promise<string> {
    return this.#forward(params, signal);
  }

  /** Nobody could bring it to the server. */
  notify(): void {}

  /** One that no list had so far is not known: who asks the server for it may be told something else than agents are. */
  async findTool(name: string): Promise<ToolDefinition | undefined> {
    return this.#tools.known(name);
  }

  noteTools(result: string): ToolPage {
    return this.#tools.note(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
  }

  async #forward(params: string, signal: AbortSignal): Promise<string> {
    // It was asked about once, so it may go to the server once.
    if (this.#isForwarded) throw new GatewayError('INTERNAL', 'a request was to be sent twice');
    this.#isForwarded = true;
    this.#forwarded.resolve(params);
    const response = await until(this.#response.promise, signal);
    if (isObject(response)) return response;
    throw new GatewayError('BACKEND_ERROR', 'the result that was handed in is no JSON object');
  }
}

/** Guards and clients are given the text as it is: what no parser would read must not reach them. */
function isObject(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
