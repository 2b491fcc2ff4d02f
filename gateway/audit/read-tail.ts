import type { FileHandle } from 'node:fs/promises';
import { parseChainedLine } from './chained-line.ts';
import { type ChainHead, lineHash } from './line-hash.ts';
import { maxLineBytes } from './render-event.ts';

/** How a trail ends. */
export interface Tail {
  /** Nothing where it has no whole line. */
  readonly head: ChainHead | undefined;
  /** Up to the end of the last whole line, in bytes. */
  readonly wholeBytes: number;
  /** What stands behind it: a line that was never finished. */
  readonly tornBytes: number;
}

const lineFeed = 0x0a;

/** Reads the end of a trail. Throws one sentence for what is none. */
export async function readTail(file: FileHandle): Promise<Tail> {
  const { size } = await file.stat();
  // A whole line and a torn one, with what the chain puts around them.
  const window = Buffer.alloc(Math.min(size, 2 * maxLineBytes + 1024));
  const { bytesRead } = await file.read(window, 0, window.length, size - window.length);
  const bytes = window.subarray(0, bytesRead);
  const end = bytes.lastIndexOf(lineFeed);
  if (end === -1 && size > maxLineBytes) throw new Error('it is no audit trail');
  const tornBytes = bytes.length - (end + 1);
  if (end === -1) return { head: undefined, wholeBytes: 0, tornBytes };
  const start = end === 0 ? 0 : bytes.lastIndexOf(lineFeed, end - 1) + 1;
  const line = bytes.subarray(start, end);
  const parsed = parseChainedLine(line);
  if (parsed === undefined) throw new Error('it is no audit trail: its last line is none of one');
  return { head: { seq: parsed.seq, hash: lineHash(line) }, wholeBytes: size - tornBytes, tornBytes };
}
