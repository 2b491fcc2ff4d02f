import type { GuardOverruled } from '../guard/note-overruled.ts';
import type { OverrulingEvent } from './audit-event.ts';

/** What the trail says of a guard that said more than its bounds let it say. */
export function overrulingEvent({ overruling, ...about }: GuardOverruled): OverrulingEvent {
  return { kind: 'overruled', bound: overruling, ...about };
}
