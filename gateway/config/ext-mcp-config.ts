import type { TcpAddress, UnixAddress } from './address.ts';

/** How the gateway serves agentgateway's external MCP guardrails (docs/agentgateway.md). */
export interface ExtMcpConfig {
  readonly listen: TcpAddress | UnixAddress;
  /** Of a TCP address; undefined: plain text. */
  readonly tls: MutualTls | undefined;
  /** Under which key of the metadata a request's principal stands. */
  readonly principalKey: string;
  /** Under which key of the metadata its run stands. */
  readonly runKey: string;
  /** agentgateway's names of targets, and the servers that they are here; undefined: they have the servers' own names. */
  readonly targets: Readonly<Record<string, string>> | undefined;
}

/** PEM texts. */
export interface MutualTls {
  readonly certificate: string;
  readonly privateKey: string;
  /** Signs the certificates of those who may connect. */
  readonly clientAuthority: string;
}
