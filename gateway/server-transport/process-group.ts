import { setTimeout as delay } from 'node:timers/promises';

/** There is no event for the end of a group. */
const checkMs = 20;

/** Ends all that is left of a process group: asks first, and kills what has not gone within `graceMs`. */
export async function endGroup(leader: number, graceMs: number): Promise<void> {
  if (!signalGroup(leader, 'SIGTERM')) return;
  for (let waitedMs = 0; waitedMs < graceMs; waitedMs += checkMs) {
    await delay(checkMs);
    if (!signalGroup(leader, 0)) return;
  }
  signalGroup(leader, 'SIGKILL');
}

/** Sends a signal to a group (0: none, only looks); whether there is anybody in it. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
