import { refuseUnknownKeys, report, type Section } from '../config/section.ts';

/** In which format a configuration is written: gh-aw spells its keys `toolTimeout` in JSON and `tool_timeout` in TOML. */
export type Format = 'json' | 'toml';

/** The spelling of each key that stands in a section, or the one to write where none does. */
export type SpelledKeys<Name extends string> = Readonly<Record<Name, string>>;

/** What a table of keys holds: their names as in JSON, and what else they may be called. */
export interface KeyTable<Name extends string> {
  readonly names: readonly Name[];
  /** Keys that only one of the formats has. */
  readonly only?: Partial<Readonly<Record<Name, Format>>>;
  /** Further spellings; the first in the section wins, two are a mistake. */
  readonly alsoCalled?: Partial<Readonly<Record<Name, Partial<Readonly<Record<Format, string>>>>>>;
}

/** Finds the keys of a section, and refuses those that its format does not have. */
export function spelledKeys<Name extends string>(
  section: Section,
  format: Format,
  table: KeyTable<Name>,
): SpelledKeys<Name> {
  const spellings = table.names.map((name) => [name, spellingsOf(name, format, table)] as const);
  const known = spellings.flatMap(([name, words]) => (isIn(name, format, table) ? words : []));
  refuseUnknownKeys(section, known);
  const found = spellings.map(([name, words]) => [name, spellingIn(section, words)] as const);
  // The names are the table's own, all of them.
  return Object.fromEntries(found) as Record<Name, string>;
}

function isIn<Name extends string>(name: Name, format: Format, { only }: KeyTable<Name>): boolean {
  return only?.[name] === undefined || only[name] === format;
}

function spellingsOf<Name extends string>(name: Name, format: Format, table: KeyTable<Name>): string[] {
  const usual = format === 'json' ? name : snakeCase(name);
  const other = table.alsoCalled?.[name]?.[format];
  return other === undefined ? [usual] : [usual, other];
}

function spellingIn(section: Section, spellings: readonly string[]): string {
  const [first = '', second] = spellings.filter((word) => Object.hasOwn(section.value, word));
  if (second !== undefined) report(section, second, `is the same as ${first}: write one of them`);
  return first === '' ? (spellings[0] ?? '') : first;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll('-', '_');
}
