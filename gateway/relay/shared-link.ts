import type { LinkListener, LinkRequest, ServerLink } from '../backend/server-link.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import { parseLossless } from '../lossless-json.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { writeObject } from '../rpc/raw-object.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcAnswer, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import { writeFailure } from '../rpc/write-message.ts';

/**
 * Who hears what a server says on a connection that several clients share: that its lists are others now, all of them.
 * What belongs to one client cannot be told from what belongs to another, so nobody hears it.
 */
export class SharedListeners implements LinkListener {
  readonly #listeners = new Set<LinkListener>();

  add(listener: LinkListener): void {
    this.#listeners.add(listener);
  }

  delete(listener: LinkListener): void {
    this.#listeners.delete(listener);
  }

  async request({ id }: RpcRequest): Promise<RpcAnswer> {
    return writeFailure(id, { code: rpcCodes.methodNotFound, message: 'Method not found' });
  }

  notification(notification: RpcNotification): void {
    if (!notification.method.endsWith('/list_changed')) return;
    for (const listener of this.#listeners) listener.notification(notification, undefined);
  }

  reopened(): void {
    for (const listener of this.#listeners) listener.reopened();
  }
}

/** One client's way to a server over the connection that all share: requests and their results, and nothing besides. */
export class SharedLink implements ServerLink {
  readonly #backend: ServerLink;
  readonly #listeners: SharedListeners;
  readonly #listener: LinkListener;

  constructor(backend: ServerLink, listeners: SharedListeners, listener: LinkListener) {
    this.#backend = backend;
    this.#listeners = listeners;
    this.#listener = listener;
    listeners.add(listener);
  }

  async welcome(signal: AbortSignal): Promise<string> {
    const members = rawMembers(await this.#backend.welcome(signal));
    const capabilities = rawMembers(members.get('capabilities') ?? '{}');
    for (const name of ['logging', 'tasks']) capabilities.delete(name);
    const resources = capabilities.get('resources');
    if (resources !== undefined) capabilities.set('resources', withoutMember(resources, 'subscribe'));
    return writeObject(members.set('capabilities', writeObject(capabilities)));
  }

  async request({ method, params, isRepeatable = false }: LinkRequest, signal: AbortSignal): Promise<string> {
    return this.#backend.request({ method, params: withoutToken(params), isRepeatable }, signal);
  }

  /** What one client says of itself, the others have not said. */
  notify(): void {}

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#backend.findTool(name, signal);
  }

  noteTools(result: string): ToolPage {
    return this.#backend.noteTools(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.delete(this.#listener);
  }
}

/** The tokens of two clients may be the same. */
function withoutToken(params: string): string {
  if (!params.includes('"progressToken"')) return params;
  const members = rawMembers(params);
  const meta = members.get('_meta');
  return meta === undefined
    ? params
    : writeObject(members.set('_meta', withoutMember(meta, 'progressToken')));
}

function withoutMember(text: string, name: string): string {
  const value = parseLossless(text);
  if (typeof value !== 'object' || value === null) return text;
  return JSON.stringify(Object.fromEntries(Object.entries(value).filter(([member]) => member !== name)));
}
