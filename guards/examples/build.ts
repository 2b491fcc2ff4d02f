// Builds the examples: `node guards/examples/build.ts [LANGUAGE...]`, and writes down what they are and what built them.
// The modules are committed, so that nobody needs these toolchains who only runs them.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The languages, by the names of their folders. */
export const languages = ['assemblyscript', 'c', 'go', 'rust'] as const;
export type Language = (typeof languages)[number];

/** What is written down of a committed module. */
export interface ModuleDigest {
  readonly sha256: string;
  readonly bytes: number;
  /** What built it. Another version may well give other bytes. */
  readonly toolchain: string;
}

const digestsUrl = new URL('./digests.json', import.meta.url);

/** Where the module of a language is committed. */
export function exampleModuleUrl(language: Language): URL {
  return new URL(`./${language}/notes.wasm`, import.meta.url);
}

/** What is written down of all modules. */
export async function readDigests(): Promise<Record<Language, ModuleDigest>> {
  return JSON.parse(await readFile(digestsUrl, 'utf8'));
}

/** The toolchain that would build this language here. Throws what its script says where there is none. */
export async function toolchainOf(language: Language): Promise<string> {
  return (await runScript(language, '--toolchain')).trim();
}

/** Builds the module of a language into a file; its path is absolute. Throws the compiler's own words. */
export async function buildExample(language: Language, path: string): Promise<void> {
  await runScript(language, path);
}

/** The digest of a module's bytes, as a guard's configuration takes it. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function runScript(language: Language, argument: string): Promise<string> {
  const script = fileURLToPath(new URL(`./${language}/build.sh`, import.meta.url));
  const ours = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
  const env = { ...process.env, PATH: [ours, process.env.PATH].join(delimiter) };
  const { stdout } = await run('sh', [script, argument], { env });
  return stdout;
}

async function commitExample(language: Language): Promise<void> {
  const path = fileURLToPath(exampleModuleUrl(language));
  const toolchain = await toolchainOf(language);
  await buildExample(language, path);
  const bytes = await readFile(path);
  const digests = {
    ...(await readDigests()),
    [language]: { sha256: sha256Of(bytes), bytes: bytes.length, toolchain },
  };
  await writeFile(digestsUrl, `${JSON.stringify(digests, null, 2)}\n`);
  process.stdout.write(`guards/examples/${language}/notes.wasm: ${bytes.length} bytes, by ${toolchain}\n`);
}

if (import.meta.main) {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((word) => !languages.some((language) => language === word));
  if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${languages.join(', ')}`);
  for (const language of languages)
    if (wanted.length === 0 || wanted.includes(language)) await commitExample(language);
}
