import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { posix } from 'node:path';
import { maxSocketPathBytes } from './config-limits.ts';

/** A host and a port; an IPv6 address without its brackets. */
export interface TcpAddress {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** A Unix domain socket. */
export interface UnixAddress {
  readonly kind: 'unix';
  /** Absolute. */
  readonly path: string;
}

/** All addresses of a name, whichever they are at the time. */
export interface DnsAddress {
  readonly kind: 'dns';
  readonly host: string;
  readonly port: number;
}

/** Where one sidecar is, or several. */
export type SidecarAddress = TcpAddress | UnixAddress | DnsAddress;

/** Reads `host:port` or `[address]:port`; undefined for anything else. Port 0 means any free one. */
export function parseTcpAddress(text: string): TcpAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) return undefined;
  return { kind: 'tcp', host, port };
}

/** Reads `unix:/absolute/path`, `host:port` or `dns:///name:port` with a port that can be connected to; undefined for anything else. */
export function parseSidecarAddress(text: string): SidecarAddress | undefined {
  const name = /^dns:\/\/\/(.*)$/.exec(text)?.[1];
  if (name !== undefined) {
    const address = parseTcpAddress(name);
    const isName = address !== undefined && address.port !== 0 && isIP(address.host) === 0;
    return isName ? { ...address, kind: 'dns' } : undefined;
  }
  if (text.startsWith('unix:')) return parseSocketAddress(text);
  const address = parseTcpAddress(text);
  return address?.port === 0 ? undefined : address;
}

/** Reads `unix:/absolute/path`; undefined for anything else, and for a path that the system would cut. */
export function parseSocketAddress(text: string): UnixAddress | undefined {
  if (!text.startsWith('unix:')) return undefined;
  const path = posix.normalize(text.slice('unix:'.length));
  const isUsable =
    path.startsWith('/') && !path.endsWith('/') && Buffer.byteLength(path) <= maxSocketPathBytes;
  return isUsable ? { kind: 'unix', path } : undefined;
}

/** An address in the spelling of gRPC. */
export function formatAddress(address: SidecarAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  if (address.kind === 'dns') return `dns:///${address.host}:${address.port}`;
  return isIPv6(address.host) ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** True when only this machine can reach the host. A name other than `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
}

/**
 * A name or address of a host as it is compared: lower-case, IPv6 without brackets and in its shortest form. Undefined for
 * what is none, a port behind it included.
 */
export function canonicalHost(host: string): string | undefined {
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (isIPv6(bare)) return URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1);
  return bare === host && /^[A-Za-z0-9_.-]{1,255}$/.test(host) ? host.toLowerCase() : undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
