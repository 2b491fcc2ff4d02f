import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServerProgram } from './stdio-transport.ts';

/** A runtime that does not answer for so long is told to by hand: a daemon kills within ten seconds, or not at all. */
const timeoutMs = 15_000;

/** It says little more than a name. */
const maxOutputBytes = 64 * 1024;

/**
 * Kills a container by its name and removes what is left of it; one that is not there, or going already, is none to remove. `client` has the
 * arguments that stand before a command. Throws what the client says where it cannot be removed.
 */
export async function removeContainer(client: ServerProgram, name: string): Promise<void> {
  const { command, args, env, cwd } = client;
  const options = { env, cwd, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: maxOutputBytes } as const;
  try {
    await promisify(execFile)(command, [...args, 'rm', '--force', name], options);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    if (/no such container|no container with name|already in progress/i.test(said)) return;
    throw new Error(said === '' ? 'its client did not do it in time' : said.slice(0, 500), { cause: error });
  }
}
