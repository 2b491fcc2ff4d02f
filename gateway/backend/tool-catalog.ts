import { parseToolPage, type ToolDefinition, type ToolPage } from './tool-definition.ts';

/** Pages of one list that are fetched at most: a server whose cursor never ends must not hold a call for ever. */
const maxPages = 100;

/** Tools that are known at most, as many as an agent may know: a server that makes up new ones must not fill the memory. */
const maxTools = 10_000;

/** Asks the server for a page of its tools; the result of `tools/list`. `params` is the JSON of an object. */
export type AskForPage = (params: string, signal: AbortSignal) => Promise<string>;

/** What is known of a server's tools, from whichever page of its list has been seen. */
export class ToolCatalog {
  readonly #askForPage: AskForPage;
  readonly #tools = new Map<string, ToolDefinition>();

  constructor(askForPage: AskForPage) {
    this.#askForPage = askForPage;
  }

  /** Notes what a page says. Throws BACKEND_ERROR for what is no list of tools. */
  note(result: string): ToolPage {
    const page = parseToolPage(result);
    for (const tool of page.tools) this.#know(tool);
    return page;
  }

  /**
   * A tool by name, or nothing when the server has none of that name. The list is asked for again when it is missing, by
   * `ask` where the server may offer this client what it does not offer others.
   */
  async find(name: string, signal: AbortSignal, ask = this.#askForPage): Promise<ToolDefinition | undefined> {
    const known = this.known(name);
    if (known !== undefined) return known;
    await this.list(signal, ask);
    return this.known(name);
  }

  /** A tool by name, where a list had it. */
  known(name: string): ToolDefinition | undefined {
    return this.#tools.get(name);
  }

  /** The tools of the server, all pages. */
  async list(signal: AbortSignal, ask = this.#askForPage): Promise<readonly ToolDefinition[]> {
    const tools: ToolDefinition[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < maxPages && tools.length < maxTools; pages++) {
      const page = parseToolPage(await ask(JSON.stringify({ cursor }), signal));
      tools.push(...page.tools);
      if (page.nextCursor === undefined) break;
      cursor = page.nextCursor;
    }
    this.#tools.clear();
    for (const tool of tools) this.#know(tool);
    return tools;
  }

  /** The server says that its tools are others now, or is another server. */
  forget(): void {
    this.#tools.clear();
  }

  /** The one that was listed longest ago makes room: where it is still there, it is found by asking again. */
  #know(tool: ToolDefinition): void {
    this.#tools.delete(tool.name);
    this.#tools.set(tool.name, tool);
    const [oldest] = this.#tools.keys();
    if (this.#tools.size > maxTools && oldest !== undefined) this.#tools.delete(oldest);
  }
}
