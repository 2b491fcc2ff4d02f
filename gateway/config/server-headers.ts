import { isJsonObject } from '../policy/json-value.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from './section.ts';
import { expandedAt } from './section-values.ts';
import { secretLineAt } from './server-credentials.ts';

/** Reads `headers` of a server over HTTP: each value is a text, or `{"file": path}`. */
export function readHeaders(server: Section): Readonly<Record<string, string>> {
  const section = sectionAt(server, 'headers');
  if (section === undefined) return {};
  const names = Object.keys(section.value);
  const lowercase = names.map((name) => name.toLowerCase());
  if (new Set(lowercase).size < names.length) report(server, 'headers', 'must name each header only once');
  const headers = names.flatMap((name) => {
    const value = readValue(section, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  // RFC 9110, sections 5.1 and 5.5: one line of visible characters, so that no value adds headers of its own.
  const areHeaders = headers.every(
    ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
  );
  if (!areHeaders) report(server, 'headers', 'a header has a name without spaces and a value of one line');
  return Object.fromEntries(headers);
}

function readValue(headers: Section, name: string): string | undefined {
  if (!isJsonObject(valueAt(headers, name))) {
    const value = expandedAt(headers, name);
    if (typeof value === 'string') return value;
    if (value !== undefined) report(headers, name, 'must be a text, or {"file": PATH}');
    return undefined;
  }
  const source = sectionAt(headers, name);
  if (source === undefined) return undefined;
  refuseUnknownKeys(source, ['file']);
  if (valueAt(source, 'file') === undefined)
    report(source, 'file', 'is missing: write the file that holds the value');
  return secretLineAt(source, 'file');
}
