import { rm, stat } from 'node:fs/promises';
import { BlockList, connect, isIP, isIPv4 } from 'node:net';
import { resolve } from 'node:path';

/** Longer paths of sockets are cut by the system without a word (108 bytes with the final NUL). */
const maxSocketPathBytes = 100;

/** A host and a port; an IPv6 address without its brackets. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `unix:/path` or `host:port` as grpc-js binds it. Throws one sentence for anything else. */
export function listenAddress(text: string, flag = '--listen'): string {
  if (text.startsWith('unix:')) return `unix:${socketPath(text.slice('unix:'.length))}`;
  if (/^(\[[0-9a-fA-F:]+\]|[^:/\s]+):\d{1,5}$/.test(text)) return text;
  throw new Error(`${flag} ${text} is no address: write unix:/path/to/socket or host:port`);
}

/** The parts of a `host:port` that `listenAddress` has passed. */
export function tcpAddress(address: string): HostAndPort {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}

/** True when only this machine can reach the host. A name other than `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function socketPath(path: string): string {
  const absolute = resolve(path.replace(/^\/\//, '/'));
  if (Buffer.byteLength(absolute) <= maxSocketPathBytes) return absolute;
  throw new Error(
    `the socket path ${absolute} is longer than ${maxSocketPathBytes} bytes: use a shorter folder`,
  );
}

/** A socket file survives its server: removes one that nobody answers on. Throws when somebody does. */
export async function removeStaleSocket(address: string): Promise<void> {
  if (!address.startsWith('unix:')) return;
  const path = address.slice('unix:'.length);
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) return;
  if (!file.isSocket()) throw new Error(`${path} exists and is no socket: choose another path or remove it`);
  if (await answers(path))
    throw new Error(`another process listens on ${path}: stop it or choose another path`);
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => settle(true));
  socket.once('error', () => settle(false));
  return promise.finally(() => socket.destroy());
}
