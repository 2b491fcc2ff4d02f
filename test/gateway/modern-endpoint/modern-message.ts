import type { RawRequest } from '../../e2e/raw-request.ts';

/** What a well-behaved client of this era says of itself. */
export const goodMeta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
} as const;

/** The request of a method, with the headers that repeat what it says; those given stand in for them. */
export function modernPost(
  method: string,
  params: object = {},
  headers: RawRequest['headers'] = {},
): RawRequest & { readonly body: string } {
  const named = params as { readonly name?: string; readonly uri?: string };
  const name = method === 'resources/read' ? named.uri : named.name;
  return {
    path: '/mcp',
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': name }),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params: { _meta: goodMeta, ...params } }),
  };
}
