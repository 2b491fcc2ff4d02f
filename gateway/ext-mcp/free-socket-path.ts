import { rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';

/** A socket file survives its server: removes one that nobody answers on. Throws one sentence when somebody does. */
export async function freeSocketPath(path: string): Promise<void> {
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) return;
  if (!file.isSocket()) throw new Error(`${path} exists and is no socket: choose another path or remove it`);
  if (await answers(path))
    throw new Error(`another process listens on ${path}: stop it or choose another path`);
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
