import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { cleanLine } from '../clean-line.ts';
import { GuardError } from '../guard-error.ts';
import { maxModuleBytes } from '../limits.ts';

/** A guard's file as it was at one moment: nothing is read of it a second time. */
export interface ModuleFile {
  /** In memory of the sidecar's own. */
  readonly bytes: Uint8Array;
  /** SHA-256 of these bytes, lower-case hex. */
  readonly digest: string;
}

/**
 * Reads a guard's module once and hashes what it read. It is a regular file of the folder that `path` names, or below it: a
 * link may lead elsewhere within that folder (as those of a mounted Kubernetes volume do) but not out of it.
 *
 * @throws GuardError GUARD_UNAVAILABLE: what is wrong with the file, and what to do.
 */
export async function readModule(path: string): Promise<ModuleFile> {
  try {
    // A pipe would keep whoever opens or reads it waiting.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) throw new UnfitFile('it is no regular file');
    await checkPlace(file, path);
    const bytes = await readBounded(file);
    return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    const why = cause instanceof UnfitFile ? cause.message : systemCode(cause);
    const sentence = `its file ${cleanLine(path)} cannot be read (${why}); check guards.*.path`;
    throw new GuardError('GUARD_UNAVAILABLE', sentence, { cause });
  }
}

class UnfitFile extends Error {}

async function checkPlace(file: FileHandle, path: string): Promise<void> {
  const [place, folder] = [await placeOf(file, path), await realpath(dirname(path))];
  if (place.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return;
  throw new UnfitFile(`it is a link out of its folder, to ${cleanLine(place)}`);
}

/** Where the file that is open really is: a link that changes meanwhile changes nothing about it. */
async function placeOf(file: FileHandle, path: string): Promise<string> {
  try {
    return await readlink(`/proc/self/fd/${file.fd}`);
  } catch {
    // Only Linux tells; elsewhere the path has to do.
    return realpath(path);
  }
}

/** Whatever size the file claims: it may grow while it is read. */
async function readBounded(file: FileHandle): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const room = Math.min(chunkBytes, maxModuleBytes + 1 - length);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(room), 0, room);
    if (bytesRead === 0) return joined(chunks, length);
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
    if (length > maxModuleBytes) throw new UnfitFile(`it has more than ${maxModuleBytes} bytes`);
  }
}

/** What one read asks for: most guards take one or a few. */
const chunkBytes = 1024 * 1024;

/** An array whose buffer holds nothing else. */
function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
