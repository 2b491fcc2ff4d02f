import type { Labels } from './labels.ts';

/** What the operator configured for a server that is only written to. */
export interface WriteSink {
  /** The secrecy that it accepts, as exact tags; `*` accepts any. */
  readonly accept: readonly string[];
  /** Who can see what is written there: `public`, `internal` or `private`, in any case, with blanks around it. */
  readonly visibility: string | undefined;
}

/** The labels of everything behind a write-sink. A public one accepts no secrecy, whatever `accept` says. */
export function writeSinkLabels({ accept, visibility }: WriteSink): Labels {
  const isPublic = visibility?.trim().toLowerCase() === 'public';
  return { secrecy: new Set(isPublic ? [] : accept), integrity: new Set() };
}
