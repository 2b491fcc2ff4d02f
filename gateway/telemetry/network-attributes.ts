import type { Attributes } from '@opentelemetry/api';
import { attribute } from './attributes.ts';

/** MCP over HTTP, in the words of its conventions. */
export const overHttp: Attributes = {
  [attribute.transport]: 'tcp',
  [attribute.protocol]: 'http',
};

/** MCP over standard input and output. */
export const overStdio: Attributes = { [attribute.transport]: 'pipe' };

/** The way to a server, as far as spans tell of it. */
type Way = { readonly kind: 'stdio' } | { readonly kind: 'http'; readonly url: string };

/** How a server is reached. Of a URL nothing but the host and the port: the rest of it may be a secret. */
export function networkOf(transport: Way): Attributes {
  if (transport.kind === 'stdio') return overStdio;
  const { protocol, hostname, port } = new URL(transport.url);
  return {
    ...overHttp,
    // An IPv6 address without its brackets.
    [attribute.address]: hostname.replace(/^\[|\]$/g, ''),
    [attribute.port]: port === '' ? defaultPort(protocol) : Number(port),
  };
}

/** How a sidecar is reached, by its address. */
export function networkOfSidecar(address: string): Attributes {
  return { [attribute.transport]: address.startsWith('unix:') ? 'unix' : 'tcp' };
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80;
}
