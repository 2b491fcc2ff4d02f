import { GatewayError } from '../gateway-error.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';
import type { LinkRequest, ServerLink } from '../server-link.ts';
import type { ToolDefinition, ToolPage } from '../tool-definition.ts';

/** The two ways to a server for a client with a session. */
export interface EraLinks {
  readonly legacy: ServerLink;
  readonly modern: ServerLink;
  /** Whether the server speaks the era without sessions. Throws BACKEND_UNAVAILABLE. */
  speaksModern(signal: AbortSignal): Promise<boolean>;
}

/** The way to a server whose era is not known before it has answered; the client's own is tried first. */
export class EraLink implements ServerLink {
  readonly #links: EraLinks;
  /** Known once the server has answered. */
  #link: ServerLink | undefined;

  constructor(links: EraLinks) {
    this.#links = links;
  }

  async welcome(signal: AbortSignal): Promise<string> {
    return (this.#link ?? (await this.#chosen(signal))).welcome(signal);
  }

  async request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    return (this.#link ?? (await this.#chosen(signal))).request(request, signal);
  }

  notify(notification: RpcNotification): void {
    this.#link?.notify(notification);
  }

  async findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return (this.#link ?? (await this.#chosen(signal))).findTool(name, signal);
  }

  noteTools(result: string): ToolPage {
    return (this.#link ?? this.#links.legacy).noteTools(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { legacy, modern } = this.#links;
    await Promise.all([legacy[Symbol.asyncDispose](), modern[Symbol.asyncDispose]()]);
  }

  async #chosen(signal: AbortSignal): Promise<ServerLink> {
    const { legacy, modern } = this.#links;
    try {
      await legacy.welcome(signal);
      this.#link = legacy;
    } catch (error) {
      if (!(error instanceof GatewayError) || !(await this.#isModern(signal))) throw error;
      this.#link = modern;
    }
    return this.#link;
  }

  /** Where that cannot be told either, what was tried first says more. */
  async #isModern(signal: AbortSignal): Promise<boolean> {
    return this.#links.speaksModern(signal).catch(() => false);
  }
}
