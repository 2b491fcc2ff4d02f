import type { Labels } from '../monitor/labels.ts';

const form =
  '--as: must be such as "secrecy:a,b integrity:c" in one pair of quotes, or {"secrecy":["a","b"],"integrity":["c"]}';

/**
 * Reads the labels of an agent from the command line: lists of tags without blanks and commas, or JSON for any others.
 * What is not named is empty. Throws an Error of one sentence.
 */
export function parseLabels(text: string): Labels {
  const lists = text.trimStart().startsWith('{') ? fromJson(text) : fromWords(text);
  return { secrecy: new Set(lists.get('secrecy')), integrity: new Set(lists.get('integrity')) };
}

/** `secrecy` and `integrity` with their tags. */
type TagLists = ReadonlyMap<string, readonly string[]>;

function fromWords(text: string): TagLists {
  const lists = new Map<string, readonly string[]>();
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const [, name = '', tags = ''] = /^(secrecy|integrity):(.*)$/u.exec(word) ?? [];
    if (name === '' || lists.has(name)) throw new Error(form);
    lists.set(
      name,
      tags.split(',').filter((tag) => tag !== ''),
    );
  }
  return lists;
}

function fromJson(text: string): TagLists {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) throw new Error(form);
  return new Map(Object.entries(value).map(([name, tags]) => [expectName(name), expectTags(tags)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(form);
  }
}

function expectName(name: string): string {
  if (name === 'secrecy' || name === 'integrity') return name;
  throw new Error(form);
}

function expectTags(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((tag) => typeof tag === 'string' && tag !== '')) return value;
  throw new Error(form);
}
