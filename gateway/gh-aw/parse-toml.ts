import { parse, TomlError } from 'smol-toml';
import { ConfigError } from '../config/config-error.ts';
import { maxNesting } from '../config/config-limits.ts';
import { pathAt } from '../config/config-path.ts';
import type { ParsedText } from '../config/parse-jsonc.ts';
import type { JsonValue } from '../policy/json-value.ts';

/**
 * Reads TOML. Dates and numbers that JSON does not have are problems: no key of a configuration takes one.
 *
 * @throws ConfigError for a text that is no TOML: its first mistake, since the rest cannot be judged
 */
export function parseToml(text: string): ParsedText {
  const problems: string[] = [];
  return { value: jsonOf(tableOf(text), { path: '', depth: 0, problems }), problems };
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly problems: string[];
}

function tableOf(text: string): unknown {
  try {
    return parse(text, { maxDepth: maxNesting });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Behind its first line the message quotes the text, which may hold secrets.
    const [sentence = ''] = error.message.split('\n');
    const words = sentence.replace('Invalid TOML document: ', '');
    throw new ConfigError([
      `the configuration is no TOML: line ${error.line}, column ${error.column}: ${words}`,
    ]);
  }
}

function jsonOf(value: unknown, place: Place): JsonValue {
  const { path, depth, problems } = place;
  if (depth > maxNesting) throw new ConfigError([`${path}: nested deeper than ${maxNesting}`]);
  const inner = (step: string | number) => ({ path: pathAt(path, step), depth: depth + 1, problems });
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((entry, index) => jsonOf(entry, inner(index)));
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, entry]) => [key, jsonOf(entry, inner(key))]));
  }
  problems.push(`${path}: no key takes a date or such a number: write a text`);
  return null;
}
