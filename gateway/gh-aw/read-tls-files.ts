import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { TlsConfig } from '../config/gateway-config.ts';
import { systemWords } from '../config/system-words.ts';
import type { TlsFiles } from './gh-aw-options.ts';
import type { Given } from './outside-settings.ts';

/** Reads the files; what is wrong with them is added to `problems`. */
export async function readTlsFiles(files: TlsFiles, problems: string[]): Promise<TlsConfig | undefined> {
  // One after another, so that problems have an order.
  const certificate = await readPem(files.certificate, problems);
  const privateKey = await readPem(files.privateKey, problems);
  const clientAuthority = files.clientAuthority && (await readPem(files.clientAuthority, problems));
  if (certificate === undefined || privateKey === undefined) return undefined;
  try {
    createSecureContext({ cert: certificate, key: privateKey, ca: clientAuthority });
  } catch {
    // The engine's own error may say more of a key than a log should.
    problems.push(
      `${files.certificate.name}: certificate, key and authority must be PEM, and the key the certificate's`,
    );
  }
  return { certificate, privateKey, clientAuthority };
}

async function readPem({ name, text: path }: Given, problems: string[]): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    problems.push(`${name}: cannot read ${path}: ${systemWords(error)}`);
    return undefined;
  }
}
