import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { nearestWord } from '../config/nearest-word.ts';
import { UsageError } from './usage-error.ts';

/** What a command can be told: `text` has a value, `texts` may come several times. */
export type FlagKinds = Readonly<Record<string, 'switch' | 'text' | 'texts'>>;

/** What a command was told. */
export interface CommandFlags {
  /** What is no flag: the files. */
  readonly words: readonly string[];
  readonly has: (name: string) => boolean;
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[];
}

/**
 * Reads a command line.
 *
 * @throws UsageError for a flag that is unknown, or lacks its value
 */
export function readFlags(args: readonly string[], kinds: FlagKinds): CommandFlags {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      { type: kind === 'switch' ? 'boolean' : 'string', multiple: kind === 'texts' },
    ]),
  );
  refuseUnknown(args, Object.keys(kinds));
  const { values, positionals } = parsed(args, options);
  const all = (name: string) => [values[name] ?? []].flat().filter((value) => typeof value === 'string');
  return {
    words: positionals,
    has: (name) => values[name] !== undefined,
    text: (name) => all(name)[0],
    texts: all,
  };
}

/** A number of a flag, from `minimum` to `maximum`. */
export function wholeNumber(
  flags: CommandFlags,
  name: string,
  range: { readonly default: number; readonly minimum: number; readonly maximum: number },
): number {
  const text = flags.text(name);
  if (text === undefined) return range.default;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.minimum && value <= range.maximum) return value;
  throw new UsageError(`--${name}: must be a whole number from ${range.minimum} to ${range.maximum}`);
}

/** The one file that a command is about. */
export function oneWord({ words }: CommandFlags, usage: string): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw new UsageError(usage);
  return word;
}

/** The value of a flag that must be there. */
export function needed(flags: CommandFlags, name: string, usage: string): string {
  const text = flags.text(name);
  if (text === undefined) throw new UsageError(`--${name} is missing: ${usage}`);
  return text;
}

function parsed(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

/** Our own words, since Node's are about something else. */
function refuseUnknown(args: readonly string[], known: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return;
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined || known.includes(name)) continue;
    const nearest = nearestWord(name, known);
    const advice = nearest === undefined ? `it knows --${known.join(', --')}` : `did you mean --${nearest}?`;
    throw new UsageError(`unknown option --${name.slice(0, 80)}: ${advice}`);
  }
}
