import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the files of a folder may take. */
export interface PayloadLimits {
  /** Of all files together. */
  readonly bytes: number;
  readonly files: number;
  readonly ageMs: number;
}

/** A gibibyte is two thousand results at the default threshold; a day outlives the run of any agent. */
export const defaultPayloadLimits: PayloadLimits = Object.freeze({
  bytes: 1024 ** 3,
  files: 10_000,
  ageMs: 24 * 60 * 60 * 1000,
});

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly writtenMs: number;
}

const fileName = 'payload.json';
const queryPattern = /^[0-9a-f]{32}$/;
const othersWrite = 0o022;
const sticky = 0o1000;

/**
 * Files at `{folder}/{session}/{32 hex digits}/payload.json`. The oldest are deleted, before another is written, as
 * soon as they are too old, too many or too large together; those of an earlier run count, too.
 */
export class PayloadFolder {
  readonly #folder: string;
  readonly #limits: PayloadLimits;
  readonly #now: () => number;
  /** Oldest first. */
  readonly #entries: Entry[] = [];
  #found: Promise<void> | undefined;
  /** One write at a time: together they would make room for one and take it for all. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `folder`: absolute. `now`: the time of day in milliseconds, as files carry it. */
  constructor(folder: string, limits = defaultPayloadLimits, now = Date.now) {
    this.#folder = folder;
    this.#limits = limits;
    this.#now = now;
  }

  /** Makes the folder where there is none, and deletes what is too old. Throws when nothing should be written there. */
  async prepare(): Promise<void> {
    // Folders as in gh-aw's gateway: others walk through them, the files are ours alone.
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    await expectSafe(this.#folder);
    this.#found ??= this.#find().catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    await this.#found;
    await this.#makeRoom(0);
  }

  /** Writes a new file for a session, whose name is one segment of a path; its path within the folder. */
  write(session: string, payload: Uint8Array): Promise<string> {
    const written = this.#turn.then(() => this.#write(session, payload));
    this.#turn = written.catch(() => undefined);
    return written;
  }

  async #write(session: string, payload: Uint8Array): Promise<string> {
    await this.prepare();
    if (payload.length > this.#limits.bytes)
      throw new Error('the result is larger than all files may be together');
    await this.#makeRoom(payload.length);
    const query = randomBytes(16).toString('hex');
    const path = join(session, query, fileName);
    const entry = { path, bytes: payload.length, writtenMs: this.#now() };
    this.#entries.push(entry);
    try {
      await makeOwnFolder(join(this.#folder, session));
      await mkdir(join(this.#folder, session, query), { mode: 0o755 });
      await writeNew(join(this.#folder, path), payload);
      return path;
    } catch (error) {
      this.#entries.splice(this.#entries.indexOf(entry), 1);
      await this.#delete(entry);
      throw error;
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    let total = this.#entries.reduce((sum, entry) => sum + entry.bytes, bytes);
    const oldestMs = this.#now() - this.#limits.ageMs;
    const maxFiles = this.#limits.files - (bytes > 0 ? 1 : 0);
    const deleted: Entry[] = [];
    for (;;) {
      const [entry] = this.#entries;
      if (entry === undefined) break;
      const isTooMuch = total > this.#limits.bytes || this.#entries.length > maxFiles;
      if (!isTooMuch && entry.writtenMs >= oldestMs) break;
      this.#entries.shift();
      total -= entry.bytes;
      deleted.push(entry);
    }
    await Promise.all(deleted.map((entry) => this.#delete(entry)));
  }

  /** What is gone already is as good as deleted, and a session's folder stays while there is more in it. */
  async #delete({ path }: Entry): Promise<void> {
    const query = dirname(join(this.#folder, path));
    await rm(join(query, fileName), { force: true }).catch(() => undefined);
    await rmdir(query).catch(() => undefined);
    await rmdir(dirname(query)).catch(() => undefined);
  }

  /** The files that an earlier run left: only what has our names, in folders that nobody else can change. */
  async #find(): Promise<void> {
    const sessions = await foldersIn(this.#folder);
    const found: Entry[] = [];
    for (const session of sessions) {
      const isOurs = await expectOwn(join(this.#folder, session)).then(
        () => true,
        () => false,
      );
      if (!isOurs) continue;
      for (const query of await foldersIn(join(this.#folder, session))) {
        const path = join(session, query, fileName);
        const stats = queryPattern.test(query)
          ? await lstat(join(this.#folder, path)).catch(() => undefined)
          : undefined;
        if (stats?.isFile()) found.push({ path, bytes: stats.size, writtenMs: stats.mtimeMs });
      }
    }
    found.sort((a, b) => a.writtenMs - b.writtenMs);
    this.#entries.unshift(...found);
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Whoever may write there could put a link in our way. In a sticky folder nobody touches what is another's. */
async function expectSafe(folder: string): Promise<void> {
  const stats = await lstat(folder);
  if (!stats.isDirectory()) throw new Error('the folder for payloads must be a folder, and no link to one');
  if ((stats.mode & othersWrite) !== 0 && (stats.mode & sticky) === 0)
    throw new Error('others may write in the folder for payloads: chmod go-w it');
}

async function expectOwn(folder: string): Promise<void> {
  const stats = await lstat(folder);
  const isOwn = stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & othersWrite) === 0;
  if (!isOwn) throw new Error('the folder of a session is not ours alone: delete it');
}

async function makeOwnFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await expectOwn(folder);
}

/** Never a file that is there, nor what a link leads to. */
async function writeNew(path: string, payload: Uint8Array): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  await using file = await open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  await file.writeFile(payload);
}
