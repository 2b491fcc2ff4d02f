import type { Mask } from './masks.ts';

/** One request of a conversation with a server, or a notification, and what belongs to it. */
export interface Exchange {
  /** Unique in its conversation. */
  readonly name: string;
  readonly method: string;
  /** JSON, sent as it is spelled here. A function makes it of the answers that came before, by the names of their exchanges. */
  readonly params?: string | ((earlier: ReadonlyMap<string, string>) => string);
  /** Notifications have no answer. */
  readonly isNotification?: true;
  /** What the server says beside the answer: how often, by method. The conversation goes on when all has come. */
  readonly hears?: Readonly<Record<string, number>>;
  /** What may also come, or not; it is not looked at. */
  readonly mayHear?: readonly string[];
  /** What the client answers to the server's requests meanwhile: results as JSON, by method. */
  readonly answers?: Readonly<Record<string, string>>;
  /** What is not the same twice, even without a gateway. */
  readonly masks?: readonly Mask[];
  /** The request is sent again until its answer holds this: the server works at it behind its answers. */
  readonly until?: string;
  /**
   * A tool that is not there. Where somebody guards it is the gateway that says so, in the words for one that is off the list
   * (DIFC page).
   */
  readonly isUnknownTool?: true;
  /** The client takes it back as soon as it hears what it waits for. Nobody answers then. */
  readonly isCancelled?: true;
}

/** A call of a tool. */
export function toolCall(tool: string, args: string, more: Partial<Exchange> = {}): Exchange {
  const params = `{"name":${JSON.stringify(tool)},"arguments":${args}}`;
  return { name: `tools/call ${tool} ${args}`, method: 'tools/call', params, ...more };
}

/** Any other request. */
export function ask(method: string, params?: string, more: Partial<Exchange> = {}): Exchange {
  const name = params === undefined ? method : `${method} ${params}`;
  return { name, method, ...(params !== undefined && { params }), ...more };
}

/** A notification of the client. */
export function tell(method: string, more: Partial<Exchange> = {}): Exchange {
  return { name: method, method, isNotification: true, ...more };
}
