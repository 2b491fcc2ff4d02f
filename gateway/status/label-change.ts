import type { Labels } from '../monitor/labels.ts';

/** What an agent's labels became. */
export interface Change<Tags> {
  readonly secrecyGained: Tags;
  /** By a privilege only. */
  readonly secrecyDropped: Tags;
  /** By a privilege only. */
  readonly integrityGained: Tags;
  readonly integrityLost: Tags;
}

/** The difference between two labels; nothing where they are equal. */
export function changeOf(before: Labels, after: Labels): Change<ReadonlySet<string>> | undefined {
  // As nearly always.
  if (before === after) return undefined;
  const change = {
    secrecyGained: after.secrecy.difference(before.secrecy),
    secrecyDropped: before.secrecy.difference(after.secrecy),
    integrityGained: after.integrity.difference(before.integrity),
    integrityLost: before.integrity.difference(after.integrity),
  };
  return Object.values(change).some(({ size }) => size > 0) ? change : undefined;
}
