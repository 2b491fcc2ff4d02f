import { createReadStream } from 'node:fs';
import { maxLineBytes } from './render-event.ts';

/** A line of a file, without its line feed. */
export interface FileLine {
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  /** False for what stands behind the last line feed. */
  readonly isWhole: boolean;
}

/** What the chain puts around an event, and more: longer is no line of a trail, in bytes. */
const longest = maxLineBytes + 1024;

/** Reads a file line by line. Throws what the system says, and one sentence for a line that is too long. */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const chunk of createReadStream(path)) {
    let bytes: Buffer = Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a)) {
      yield { bytes: bytes.subarray(0, end), number: ++number, isWhole: true };
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > longest)
      throw new Error(`${path}, line ${number + 1}: is too long to be one of a trail`);
    rest = bytes;
  }
  if (rest.length > 0) yield { bytes: rest, number: ++number, isWhole: false };
}
