import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { ConfigError } from './config-error.ts';
import { maxFileBytes } from './config-limits.ts';
import { systemWords } from './system-words.ts';

/**
 * The text of a configuration file.
 *
 * @throws ConfigError for a file that cannot be read, is too large, or no text
 */
export async function readConfigText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, systemWords(cause));
  });
  return decoded(bytes, path);
}

/**
 * The text of a configuration that comes by a stream, such as standard input.
 *
 * @throws ConfigError as for a file
 */
export async function readConfigStream(stream: AsyncIterable<Buffer>, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    chunks.push(chunk);
    if (length > maxFileBytes) break;
  }
  return decoded(Buffer.concat(chunks), name);
}

function decoded(bytes: Buffer, name: string): string {
  if (bytes.length > maxFileBytes) throw unreadable(name, `it is larger than ${maxFileBytes} bytes`);
  if (!isUtf8(bytes)) throw unreadable(name, 'it is not UTF-8');
  return new TextDecoder().decode(bytes);
}

function unreadable(name: string, reason: string): ConfigError {
  return new ConfigError([`cannot read ${name}: ${reason}`]);
}
