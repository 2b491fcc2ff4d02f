import { createHash, randomBytes } from 'node:crypto';

/** The SHA-256 of a line's bytes, without its line feed, as hex: what the line behind it begins with. */
export function lineHash(line: Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/** What the first line of a trail begins with. */
export function randomAnchor(): string {
  return randomBytes(32).toString('hex');
}

/** Where a chain stands: its last line. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}
