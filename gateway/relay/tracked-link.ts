import type { RpcNotification } from '../rpc/rpc-message.ts';
import type { LinkRequest, ServerLink } from '../server-link.ts';
import type { ToolDefinition, ToolPage } from '../tool-definition.ts';

/** A link that is on its server's list until it is closed to the end: the process must not end before its servers do. */
export class TrackedLink implements ServerLink {
  readonly #link: ServerLink;
  readonly #open: Set<ServerLink>;
  #closed: PromiseLike<void> | undefined;

  constructor(link: ServerLink, open: Set<ServerLink>) {
    this.#link = link;
    this.#open = open;
    open.add(this);
  }

  welcome(signal: AbortSignal): Promise<string> {
    return this.#link.welcome(signal);
  }

  request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    return this.#link.request(request, signal);
  }

  notify(notification: RpcNotification): void {
    this.#link.notify(notification);
  }

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#link.findTool(name, signal);
  }

  noteTools(result: string): ToolPage {
    return this.#link.noteTools(result);
  }

  /** Whoever asks waits for the same end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#link[Symbol.asyncDispose]();
    await this.#closed;
    this.#open.delete(this);
  }
}
