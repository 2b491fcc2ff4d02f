import { rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';

/** Longer paths of sockets are cut by the system without a word (108 bytes with the final NUL). */
const maxSocketPathBytes = 100;

/** `unix:/path` or `host:port` as grpc-js binds it. Throws one sentence for anything else. */
export function listenAddress(text: string): string {
  if (text.startsWith('unix:')) return `unix:${socketPath(text.slice('unix:'.length))}`;
  if (/^(\[[0-9a-fA-F:]+\]|[^:/\s]+):\d{1,5}$/.test(text)) return text;
  throw new Error(`--listen ${text} is no address: write unix:/path/to/socket or host:port`);
}

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
