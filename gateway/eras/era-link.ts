import type { LinkRequest, ServerLink } from '../backend/server-link.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import { GatewayError } from '../gateway-error.ts';
import { mayBeOfOtherEra } from '../modern-server/other-era.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';

/** How the way to a server is found whose era is not known before it has answered. */
export interface EraChoice extends AsyncDisposable {
  /** The way for now. Throws what a link throws. */
  choose(signal: AbortSignal): Promise<ServerLink>;
  /** The server answers as one of the other era would: whoever is asked next has to find out anew. */
  forget(): void;
  /** The way is another than it was before. */
  changed(link: ServerLink, signal: AbortSignal): Promise<void>;
}

/** The way to a server whose era is found out when something is sent, and again when it seems to be another one. */
export class EraLink implements ServerLink {
  readonly #choice: EraChoice;
  /** Known once the server has answered. */
  #link: ServerLink | undefined;
  /** The same, until there is another one. */
  #lastLink: ServerLink | undefined;

  constructor(choice: EraChoice) {
    this.#choice = choice;
  }

  welcome(signal: AbortSignal): Promise<string> {
    return this.#over((link) => link.welcome(signal), signal);
  }

  request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    return this.#over((link) => link.request(request, signal), signal);
  }

  notify(notification: RpcNotification): void {
    this.#link?.notify(notification);
  }

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#over((link) => link.findTool(name, signal), signal);
  }

  noteTools(result: string): ToolPage {
    // Only what was asked for over it can be noted.
    if (this.#link === undefined)
      throw new GatewayError('BACKEND_UNAVAILABLE', 'the server is another one now');
    return this.#link.noteTools(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#choice[Symbol.asyncDispose]();
  }

  async #over<T>(send: (link: ServerLink) => Promise<T>, signal: AbortSignal): Promise<T> {
    const link = this.#link ?? (await this.#chosen(signal));
    try {
      return await send(link);
    } catch (error) {
      if (mayBeOfOtherEra(error)) this.#forget(link);
      throw error;
    }
  }

  async #chosen(signal: AbortSignal): Promise<ServerLink> {
    const link = await this.#choice.choose(signal);
    const before = this.#lastLink;
    this.#link = link;
    this.#lastLink = link;
    if (before !== undefined && before !== link) await this.#choice.changed(link, signal);
    return link;
  }

  #forget(link: ServerLink): void {
    if (this.#link === link) this.#link = undefined;
    this.#choice.forget();
  }
}
