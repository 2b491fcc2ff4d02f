import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { systemWords } from '../config/system-words.ts';
import { scanJson } from '../response/json-scanner.ts';
import { kindOf, membersOf, ROOT, stringOf } from '../response/json-tape.ts';
import { ResponseError } from '../response/response-error.ts';

/** The largest file in bytes: a guard takes no larger results. */
const maxResultBytes = 8 * 1024 * 1024;

/** A tool result that was saved as JSON, in its own bytes. Throws an Error of one sentence. */
export async function readSavedResult(path: string): Promise<string> {
  const bytes = await readBytes(path).catch((cause: unknown) => {
    throw unusable(path, systemWords(cause));
  });
  if (bytes.length > maxResultBytes) throw unusable(path, `is larger than ${maxResultBytes} bytes`);
  if (!isUtf8(bytes)) throw unusable(path, 'is not UTF-8');
  const text = bytes.toString();
  expectResult(path, text);
  return text;
}

/** No more than a little too much, whatever the file is. */
async function readBytes(path: string): Promise<Buffer> {
  await using file = await open(path);
  const chunks: Buffer[] = [];
  for await (const chunk of file.createReadStream({ end: maxResultBytes })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function expectResult(path: string, text: string): void {
  const names = namesAt(path, text);
  if (names === undefined) throw unusable(path, 'is no JSON object');
  if (names.has('jsonrpc'))
    throw unusable(path, 'is a JSON-RPC message: save the value of its "result" only');
}

/** The names of its members; nothing for what is no object. */
function namesAt(path: string, text: string): ReadonlySet<string> | undefined {
  try {
    const tape = scanJson(text);
    if (kindOf(tape, ROOT) !== 'object') return undefined;
    return new Set(membersOf(tape, ROOT).map(({ key }) => stringOf(tape, key)));
  } catch (error) {
    if (error instanceof ResponseError) throw unusable(path, `cannot be read: ${error.message}`);
    throw error;
  }
}

function unusable(path: string, why: string): Error {
  return new Error(`--result: ${path}: ${why}`);
}
