import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

/** Where Linux distributions have `setpriv` (util-linux). */
const places = ['/usr/bin/setpriv', '/bin/setpriv'];

/** What stands before a guard process's command, so that the kernel kills it when its sidecar dies. */
export type CommandPrefix = readonly string[];

/**
 * A guest that loops does not notice that its sidecar is gone, and nothing in Node makes the kernel tell it; `setpriv`
 * does, before it becomes the guard process. Undefined where this system has none that can.
 */
export async function endWithParent(): Promise<CommandPrefix | undefined> {
  const setpriv = places.find((place) => existsSync(place));
  if (setpriv === undefined) return undefined;
  const prefix = [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--'];
  try {
    // As a program to run: itself, since there may be no other.
    await promisify(execFile)(setpriv, [...prefix.slice(1), setpriv, '--version']);
    return prefix;
  } catch {
    return undefined;
  }
}
