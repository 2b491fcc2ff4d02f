import { type JSONPath, printParseErrorCode, visit } from 'jsonc-parser';
import { ConfigError } from './config-error.ts';
import { pathAt } from './config-path.ts';
import type { JsonValue } from './json-value.ts';

/** A JSON text and what is wrong with it beyond its syntax. */
export interface ParsedText {
  readonly value: JsonValue;
  readonly problems: readonly string[];
}

/** Policies nest about ten deep; readers of JSON that recurse stand ten times this. */
const maxNesting = 100;

type Open = { readonly entries: Map<string, JsonValue>; key: string } | { readonly items: JsonValue[] };

/**
 * Reads JSON that may have comments and trailing commas, and keeps the values of one section: the others are not the
 * sidecar's to know. Keys that stand twice and numbers that lose digits are problems.
 *
 * @throws ConfigError for a text that is no JSON: its first mistake, since the rest cannot be judged
 */
export function parseJsonc(text: string, section: string): ParsedText {
  const builder = new ValueBuilder(section);
  visit(
    text,
    {
      onObjectBegin: (_offset, _length, line) => builder.open({ entries: new Map(), key: '' }, line),
      onArrayBegin: (_offset, _length, line) => builder.open({ items: [] }, line),
      onObjectProperty: (key, _offset, _length, _line, _column, path) => builder.key(key, path()),
      onLiteralValue: (value, _offset, _length, _line, _column, path) => builder.literal(value, path()),
      onObjectEnd: () => builder.close(),
      onArrayEnd: () => builder.close(),
      onError: (code, _offset, _length, line, column) => {
        throw new ConfigError([
          `the configuration is no JSON: line ${line + 1}, column ${column + 1}: ${words(printParseErrorCode(code))}`,
        ]);
      },
    },
    { allowTrailingComma: true },
  );
  return builder;
}

/** Grows a value from the events of the parser. Own code, because the library's loses keys like `__proto__`. */
class ValueBuilder implements ParsedText {
  value: JsonValue = null;
  readonly problems: string[] = [];
  readonly #open: Open[] = [];
  readonly #section: string;

  constructor(section: string) {
    this.#section = section;
  }

  open(container: Open, line: number): void {
    if (this.#open.length === maxNesting) {
      throw new ConfigError([`line ${line + 1}: nested deeper than ${maxNesting}`]);
    }
    this.#open.push(container);
  }

  key(key: string, path: JSONPath): void {
    const container = this.#open.at(-1);
    if (container === undefined || !('entries' in container)) return;
    if (container.entries.has(key)) this.#report([...path, key], 'stands twice: remove one');
    container.key = key;
  }

  literal(value: JsonValue, path: JSONPath): void {
    if (typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
      this.#report(path, 'a number above 2^53 loses digits: write it as a text');
    }
    this.#add(path[0] === this.#section ? value : null);
  }

  close(): void {
    const container = this.#open.pop();
    if (container === undefined) return;
    this.#add('items' in container ? container.items : Object.fromEntries(container.entries));
  }

  #add(value: JsonValue): void {
    const container = this.#open.at(-1);
    if (container === undefined) this.value = value;
    else if ('items' in container) container.items.push(value);
    else container.entries.set(container.key, value);
  }

  #report(path: JSONPath, sentence: string): void {
    if (path[0] !== this.#section) return;
    this.problems.push(`${path.reduce<string>(pathAt, '')}: ${sentence}`);
  }
}

/** `PropertyNameExpected` as a person says it. */
function words(code: string): string {
  return code.replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
