import type { Log } from '../log.ts';
import type { Overruling } from '../monitor/bounds.ts';
import type { Overruled } from './bounded-guard.ts';

const sentences: Record<Overruling, string> = {
  GRANT_OUTSIDE_NAMESPACE: 'it granted tags outside of its namespace: they were not granted',
  READ_OUTSIDE_NAMESPACE: 'it used tags outside of its namespace: what carries them may not be read',
  WRITE_OUTSIDE_NAMESPACE: 'it accepted tags outside of its namespace: they were not accepted',
  BELOW_READ_FLOOR: 'it called something less secret than everything from there is',
  ABOVE_READ_CEILING: 'it vouched for something with more than is believed of it',
  BELOW_WRITE_FLOOR: 'it asked less integrity of a write than every write needs',
  NOT_A_READ: 'it called a read what is none: it is a read-write',
  TOO_LARGE: 'it said more than it may: its answer was refused',
};

/** Whose guard was overruled, and about what. */
export interface GuardOverruled extends Overruled {
  readonly server: string;
  readonly principal: string;
  readonly run: string;
  /** The guard's name, and the digest of its module where that is known. */
  readonly guard: { readonly name: string; readonly digest: string | undefined };
}

/** Writes to the log that a guard was overruled. Tags are not named. */
export function noteOverruled(
  log: Log,
  { overruling, server, principal, tool, count }: GuardOverruled,
): void {
  const about = tool === undefined ? 'labelling an agent' : tool;
  log.write('warn', `the guard was overruled, ${about}: ${sentences[overruling]}`, {
    principal,
    server,
    ...(tool !== undefined && { tool }),
    reason: overruling,
    labels: count,
  });
}
