/**
 * The sidecar's part of the configuration file, and the only place where the sidecar reads its environment. It looks at
 * the `guards` section and at nothing else: the rest holds secrets that a process with foreign code has no use for.
 */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError } from './config/config-error.ts';
import { deepFreeze } from './config/deep-freeze.ts';
import type { Environment } from './config/expand-variables.ts';
import { type GuardConfig, readGuard } from './config/guard-section.ts';
import { isJsonObject } from './config/json-value.ts';
import { nearestWord } from './config/nearest-word.ts';
import { parseJsonc } from './config/parse-jsonc.ts';
import { report, requiredTextAt, type Section, sectionAt, valueAt } from './config/section.ts';
import { type TelemetrySettings, telemetrySettings } from './telemetry/telemetry-settings.ts';

export type { GuardConfig } from './config/guard-section.ts';

/** What the sidecar reads from its configuration: parsed, checked, expanded and frozen. */
export interface SidecarConfig {
  /** The WASM guards, in their order. The built-in ones need no sidecar. */
  readonly guards: readonly GuardConfig[];
  /** The guards that this sidecar has no way to run, by name: they are unavailable and the others are served. */
  readonly unknownTypes: readonly string[];
}

/** Whether whoever started the sidecar wants colours on a terminal (no-color.org). */
export function wantsColour({ NO_COLOR = '', TERM = '' }: Environment = process.env): boolean {
  return NO_COLOR === '' && TERM !== 'dumb';
}

/** Where a configuration is read. */
export interface ConfigSurroundings {
  /** The folder of the file, absolute: relative paths start here. */
  readonly folder: string;
  readonly env: Environment;
}

/** A thousand guards with all their policies are some 500 KB. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads a configuration file: JSON, comments and trailing commas allowed.
 *
 * @throws ConfigError everything that is wrong with its guards
 */
export async function readConfig(path: string, env: Environment = process.env): Promise<SidecarConfig> {
  return parseConfig(await readText(path), { folder: dirname(resolve(path)), env });
}

/**
 * Reads what is to be told of the sidecar's work, and whom.
 *
 * @throws ConfigError everything that is wrong with the variables
 */
export function readTelemetrySettings(env: Environment = process.env): TelemetrySettings {
  return telemetrySettings(env);
}

/**
 * Reads the text of a configuration.
 *
 * @throws ConfigError everything that is wrong with its guards
 */
export function parseConfig(text: string, { folder, env }: ConfigSurroundings): SidecarConfig {
  const { value, problems: textProblems } = parseJsonc(text, 'guards');
  if (!isJsonObject(value)) throw new ConfigError(['the configuration must be one JSON object']);
  const root: Section = { value, path: '', env, problems: [...textProblems] };
  refuseMisspelling(root);
  const entries = namedGuards(root);
  const wasm = entries.filter(({ type }) => type === 'wasm');
  const guards = wasm.map(({ name, section }) => readGuard(name, section, folder));
  if (root.problems.length > 0) throw new ConfigError(root.problems);
  const unknown = entries.filter(({ type }) => type !== undefined && !knownTypes.includes(type));
  return deepFreeze({ guards, unknownTypes: unknown.map(({ name }) => name) });
}

const knownTypes: readonly string[] = ['wasm', 'noop', 'write-sink'];

/** A sidecar without guards is no mistake, but one whose section is misspelt is. */
function refuseMisspelling(root: Section): void {
  if (valueAt(root, 'guards') !== undefined) return;
  const misspelt = Object.keys(root.value).find((key) => nearestWord(key, ['guards']) !== undefined);
  if (misspelt !== undefined)
    root.problems.push(`unknown key ${JSON.stringify(misspelt)}: did you mean guards?`);
}

function namedGuards(root: Section): { name: string; section: Section; type: string | undefined }[] {
  const guards = sectionAt(root, 'guards');
  return Object.keys(guards?.value ?? {}).flatMap((name) => {
    const section = guards === undefined ? undefined : sectionAt(guards, name);
    if (guards === undefined || section === undefined) return [];
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name) || name === '.' || name === '..') {
      report(
        guards,
        name,
        'a name has 1 to 64 letters, digits, dots, hyphens and underscores, and is not . or ..',
      );
    }
    const type = requiredTextAt(section, 'type', 'write "wasm", "noop" or "write-sink"');
    return [{ name, section, type }];
  });
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, systemWords(cause));
  });
  if (bytes.length > maxFileBytes) throw unreadable(path, `it is larger than ${maxFileBytes} bytes`);
  if (!isUtf8(bytes)) throw unreadable(path, 'it is not UTF-8');
  return new TextDecoder().decode(bytes);
}

function unreadable(path: string, reason: string): ConfigError {
  return new ConfigError([`cannot read ${path}: ${reason}`]);
}

function systemWords(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN';
  const sentences = new Map([
    ['ENOENT', 'there is no such file'],
    ['EACCES', 'permission denied'],
    ['EISDIR', 'it is a folder'],
  ]);
  return sentences.get(code) ?? code;
}
