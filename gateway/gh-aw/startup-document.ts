import { isIPv6 } from 'node:net';
import type { GatewayConfig } from '../config/gateway-config.ts';

/** What agents are told about the gateway, beside its servers. */
export interface Announcement {
  /** The name and the port of `gateway`; undefined: what it listens on. */
  readonly domain: string | undefined;
  readonly port: number | undefined;
  /** The header, whole. */
  readonly authorization: string;
  readonly unified: boolean;
  readonly isTls: boolean;
}

/**
 * The one document on standard output that gh-aw reads after the gateway listens (compat.md 1.2): a client configuration.
 * `listeningPort`: where it listens in the end.
 */
export function startupDocument(
  { listen, servers }: GatewayConfig,
  announcement: Announcement,
  listeningPort: number,
): string {
  const { domain, port, authorization, unified, isTls } = announcement;
  const host = domain ?? (isIPv6(listen.host) ? `[${listen.host}]` : listen.host);
  // On any free port the configured one is not where it listens.
  const base = `${isTls ? 'https' : 'http'}://${host}:${listen.port === 0 ? listeningPort : (port ?? listeningPort)}/mcp`;
  const entries = servers.map(({ name, tools }) => [
    name,
    {
      type: 'http',
      url: unified ? base : `${base}/${name}`,
      headers: { Authorization: authorization },
      ...(tools && { tools }),
    },
  ]);
  return `${JSON.stringify({ mcpServers: Object.fromEntries(entries) }, undefined, 2)}\n`;
}
