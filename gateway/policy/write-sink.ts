import { isJsonList, type JsonValue } from './json-value.ts';
import { PolicyError } from './policy-error.ts';
import { type Field, readFields } from './policy-fields.ts';
import { isOwner, isRepoScope } from './repo-scope.ts';
import { parseVisibility, type Visibility } from './sink-visibility.ts';

/** What may be written to a sink. In normal form. */
export interface WriteSinkPolicy {
  readonly kind: 'write-sink';
  /** Secrecy tags that the sink takes, in the given order; `*` stands alone and takes any. */
  readonly accept: readonly string[];
  /** `public`: no secrecy at all, whatever `accept` says. Null: not said. */
  readonly sinkVisibility: Visibility | null;
}

type FieldName = 'accept' | 'sink-visibility';

const spellings: ReadonlyMap<string, FieldName> = new Map<string, FieldName>([
  ['accept', 'accept'],
  ['sink-visibility', 'sink-visibility'],
]);

/**
 * Reads what stands under `write-sink` and puts it into normal form.
 *
 * @throws PolicyError
 */
export function parseWriteSink(field: Field): WriteSinkPolicy {
  const fields = readFields(field, spellings);
  const accept = parseAccept(fields('accept'));
  return { kind: 'write-sink', accept, sinkVisibility: parseVisibility(fields('sink-visibility')) };
}

function parseAccept({ value, path }: Field): readonly string[] {
  if (value === undefined) throw new PolicyError('empty-accept', path, whatToWrite);
  if (!isJsonList(value)) throw new PolicyError('wrong-type', path, whatToWrite);
  if (value.length === 0) throw new PolicyError('empty-accept', path, whatToWrite);
  const entries = value.map((entry, index) => parseEntry(entry, `${path}[${index}]`));
  if (entries.length > 1 && entries.includes('*')) {
    throw new PolicyError('wildcard-not-alone', path, 'write ["*"] alone, or name every entry');
  }
  if (new Set(entries).size < entries.length) {
    throw new PolicyError('duplicate-accept', path, 'write each entry only once');
  }
  return entries;
}

function parseEntry(value: JsonValue, path: string): string {
  if (typeof value !== 'string') throw new PolicyError('wrong-type', path, 'must be a text');
  const entry = value.trim();
  if (entry === '')
    throw new PolicyError('empty-entry', path, 'must not be blank, write an entry or remove it');
  const scope = entry.replace(/^(?:private|public|internal):/, '');
  if (entry !== '*' && !isOwner(scope) && !isRepoScope(scope)) {
    throw new PolicyError(
      'invalid-accept',
      path,
      'write visibility:owner/repo, owner/repo, owner/prefix* or owner',
    );
  }
  return entry;
}

const whatToWrite = 'write ["*"], or a list of secrecy tags such as ["private:owner/repo"]';
