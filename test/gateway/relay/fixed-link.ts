import type { LinkRequest, ServerLink } from '../../../gateway/backend/server-link.ts';
import { ToolCatalog } from '../../../gateway/backend/tool-catalog.ts';
import { GatewayError } from '../../../gateway/gateway-error.ts';

/** A way to a server whose results a test writes, and what it was asked; a method without one cannot be had. */
export class FixedLink implements ServerLink {
  readonly results = new Map<string, string>();
  readonly asked: LinkRequest[] = [];
  readonly catalog = new ToolCatalog((params, signal) =>
    this.request({ method: 'tools/list', params }, signal),
  );
  closed = 0;

  constructor(results: Readonly<Record<string, string>> = {}) {
    for (const [method, result] of Object.entries(results)) this.results.set(method, result);
  }

  async welcome(signal: AbortSignal): Promise<string> {
    return this.request({ method: 'initialize', params: '{}' }, signal);
  }

  async request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.asked.push(request);
    const result = this.results.get(request.method);
    if (result === undefined) throw new GatewayError('BACKEND_UNAVAILABLE', 'it is away');
    return result;
  }

  notify(): void {}

  findTool(name: string, signal: AbortSignal) {
    return this.catalog.find(name, signal);
  }

  noteTools(result: string) {
    return this.catalog.note(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed++;
  }
}
