import type { RpcAnswer, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import type { ToolDefinition, ToolPage } from './tool-definition.ts';

/** A request under way: what the server says because of it finds its way to whoever has asked. */
export interface CallContext {
  /** The JSON of the token that the server names when it tells of progress; undefined: none was given. */
  readonly progressToken: string | undefined;
  /** Sends the JSON of a message to the client, on this request's stream. */
  send(text: string): void;
  /** The server has told of progress: the request has its time anew. */
  progressed(): void;
  /** The client has been asked for something, and nobody knows for how long: until this is disposed of, no time passes. */
  wait(): Disposable;
  /** The server wants the rest of its answer to be asked for later, and so may the client. */
  pause?(): void;
  /** Who brings the server's messages to this request's client, where its connection is not this client's own. */
  readonly listener?: Pick<LinkListener, 'notification'>;
}

/** Who hears what a server says of its own accord. `context` is the request that it belongs to, where that is known. */
export interface LinkListener {
  /** Answers a request of the server's; when it throws, the answer is an error. `signal`: nobody waits for it any more. */
  request(request: RpcRequest, context: CallContext | undefined, signal: AbortSignal): Promise<RpcAnswer>;
  notification(notification: RpcNotification, context: CallContext | undefined): void;
  /** A new connection took the place of one that was lost: what the server offers may be something else. */
  reopened(): void;
}

/** One request to a server. */
export interface LinkRequest {
  readonly method: string;
  /** The JSON of an object. */
  readonly params: string;
  readonly context?: CallContext;
  /** Whether it may be sent once more where the server has forgotten the session: it changes nothing there. */
  readonly isRepeatable?: boolean;
  /** `Mcp-Param-…` headers, which repeat arguments for servers of 2026-07-28. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The way to a server for one client, whichever era the server speaks. Its methods throw GatewayErrors, or `signal`'s reason. */
export interface ServerLink extends AsyncDisposable {
  /** The result of `initialize`, or what stands for it, as the server spelled it. */
  welcome(signal: AbortSignal): Promise<string>;
  /** The result as the server spelled it. */
  request(request: LinkRequest, signal: AbortSignal): Promise<string>;
  /** Sends a notification to the server; what becomes of it, nobody is told. */
  notify(notification: RpcNotification): void;
  /** A tool by name; nothing when the server has none of that name. The lists are asked for where it is not known. */
  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined>;
  /** Notes what a result of `tools/list` says. Throws BACKEND_ERROR for what is no list of tools. */
  noteTools(result: string): ToolPage;
}
