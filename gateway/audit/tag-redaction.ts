import { createHmac, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { WILDCARD } from '../monitor/labels.ts';

/** Writes a tag so that it can be compared, and not read. */
export type WriteTag = (tag: string) => string;

/** Tags as they are. */
export const plainTags: WriteTag = (tag) => tag;

/** Tags while there is no key to redact them with. */
export const hiddenTags: WriteTag = (tag) => (tag === WILDCARD ? tag : '#');

/** Hex digits of a redacted tag: 128 bits, so that two tags are never taken for one. */
const digits = 32;

/**
 * Replaces each tag by an HMAC under a key that lies beside the trail and is made where there is none. Without the key
 * nobody can try out likely tags. `*` is no tag but a rule, and stays. Throws what the system says, and one sentence for a
 * file that holds no key.
 */
export async function redactedTags(keyFile: string): Promise<WriteTag> {
  const key = await expectKey(keyFile);
  return (tag) =>
    tag === WILDCARD ? tag : `#${createHmac('sha256', key).update(tag).digest('hex').slice(0, digits)}`;
}

async function expectKey(path: string): Promise<Buffer> {
  await writeFile(path, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(ignoreExisting);
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(`${path} must hold a key of 64 hex digits: delete it, and another is made`);
  return Buffer.from(text, 'hex');
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
