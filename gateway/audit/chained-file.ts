import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { chainedLine } from './chained-line.ts';
import { type ChainHead, lineHash, randomAnchor } from './line-hash.ts';
import { readTail, type Tail } from './read-tail.ts';

/** Where a trail lies, and how large it gets. */
export interface TrailPlace {
  readonly path: string;
  /** A file that has grown to this is rotated, in bytes. */
  readonly maxBytes: number;
  /** So many rotated files are kept: `FILE.1` is the youngest. */
  readonly keep: number;
}

/** A file of lines, each with the hash of the one before, that only grows, and is rotated. For one writer. */
export class ChainedFile {
  readonly #place: TrailPlace;
  #file: FileHandle;
  #head: ChainHead;
  #bytes: number;

  private constructor(place: TrailPlace, opened: { file: FileHandle; head: ChainHead; bytes: number }) {
    this.#place = place;
    this.#file = opened.file;
    this.#head = opened.head;
    this.#bytes = opened.bytes;
  }

  /**
   * Goes on where a trail ends, or begins one; where the file is gone, behind `before`. `tornBytes` of a line that was never
   * finished were taken away. Throws what the system says, and one sentence for a file that is no trail.
   */
  static async open(
    place: TrailPlace,
    before?: ChainHead,
  ): Promise<{ trail: ChainedFile; tornBytes: number }> {
    const file = await openToAppend(place.path);
    try {
      const tail = await readTail(file);
      if (tail.tornBytes > 0) await file.truncate(tail.wholeBytes);
      const known = tail.head ?? before ?? (await youngestRotated(place.path));
      const head = known ?? { seq: 0, hash: randomAnchor() };
      const trail = new ChainedFile(place, { file, head, bytes: tail.wholeBytes });
      return { trail, tornBytes: tail.tornBytes };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get head(): ChainHead {
    return this.#head;
  }

  /** Appends events, all or none, and says whether the file was rotated before. Throws what the system says. */
  async append(events: readonly string[]): Promise<{ hasRotated: boolean }> {
    await this.#expectUntouched();
    const hasRotated = this.#bytes >= this.#place.maxBytes;
    if (hasRotated) await this.#rotate();
    let head = this.#head;
    const lines = events.map((event) => {
      const line = chainedLine(head, event);
      head = { seq: head.seq + 1, hash: lineHash(Buffer.from(line)) };
      return `${line}\n`;
    });
    await this.#write(Buffer.from(lines.join('')));
    this.#head = head;
    return { hasRotated };
  }

  /** Has the system put what was written on the disk. */
  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      for (let written = 0; written < bytes.length; )
        written += (await this.#file.write(bytes, written)).bytesWritten;
      this.#bytes += bytes.length;
    } catch (error) {
      // What is there of it is no line, and would be taken for a change by another hand.
      await this.#file.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
  }

  /** Another program's hand in the file must be seen, and not written over. */
  async #expectUntouched(): Promise<void> {
    const [own, there] = await Promise.all([this.#file.stat(), stat(this.#place.path)]);
    if (own.ino === there.ino && own.dev === there.dev && own.size === this.#bytes) return;
    throw new Error('another program has changed, moved or replaced the file');
  }

  async #rotate(): Promise<void> {
    const { path, keep } = this.#place;
    await this.#file.datasync();
    for (let age = keep - 1; age >= 1; age--)
      await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(ignoreMissing);
    await rename(path, `${path}.1`);
    const file = await openToAppend(path);
    await this.#file.close();
    this.#file = file;
    this.#bytes = 0;
  }
}

/** The operator alone may read it: it tells what every agent did. */
function openToAppend(path: string): Promise<FileHandle> {
  return open(path, 'a+', 0o600);
}

/** Where the chain stands when the process ended between rotating and writing. */
async function youngestRotated(path: string): Promise<ChainHead | undefined> {
  const file = await open(`${path}.1`, 'r').catch(ignoreMissing);
  if (file === undefined) return undefined;
  try {
    const { head }: Tail = await readTail(file);
    return head;
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
