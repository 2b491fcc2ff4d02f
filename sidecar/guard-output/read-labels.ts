import { Buffer } from 'node:buffer';
import type { Labels } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { maxTagBytes, maxTagsPerLabel } from '../limits.ts';
import type { JsonReader } from './json-reader.ts';

/** What differs between the places where a guard writes labels. */
export interface LabelsRules {
  /** Spaces around tags are cut off and blank tags dropped: `label_agent` only. */
  trimsTags: boolean;
  /** What a description that is no text is: nothing said, or an answer that breaks the ABI. */
  oddDescription: 'ignored' | 'refused';
}

/**
 * Reads an object with `description`, `secrecy` and `integrity`. The lists are sets, sorted by code unit. A list that comes
 * twice is refused: which one was meant?
 */
export function readLabels(reader: JsonReader, rules: LabelsRules): Labels {
  let description = '';
  const lists: { secrecy?: string[]; integrity?: string[] } = {};
  reader.object((name) => {
    if (name === 'description') description = readDescription(reader, rules);
    else if (name === 'secrecy' || name === 'integrity') {
      if (lists[name] !== undefined) reader.fail(`has two "${name}" lists in one label`);
      lists[name] = readTags(reader, name, rules);
    } else reader.skip();
  });
  return { description, secrecy: lists.secrecy ?? [], integrity: lists.integrity ?? [] };
}

function readDescription(reader: JsonReader, rules: LabelsRules): string {
  const kind = reader.kind();
  if (kind === 'string') return reader.string().toWellFormed();
  if (kind !== 'null' && rules.oddDescription === 'refused') {
    reader.fail(`has a "description" that is ${describe(kind)} but must be a text`);
  }
  reader.skip();
  return '';
}

/** A list that is no array, or holds anything but texts, is refused: read leniently it would be more public than meant. */
function readTags(reader: JsonReader, list: 'secrecy' | 'integrity', rules: LabelsRules): string[] {
  const kind = reader.kind();
  if (kind === 'null') {
    reader.skip();
    return [];
  }
  if (kind !== 'array')
    reader.fail(`has a "${list}" list that is ${describe(kind)} but must be an array of texts`);
  const tags = new Set<string>();
  let count = 0;
  reader.array(() => {
    if (++count > maxTagsPerLabel) reader.fail(`has a "${list}" list of more than ${maxTagsPerLabel} tags`);
    const tag = readTag(reader, list);
    const kept = rules.trimsTags ? tag.trim() : tag;
    if (kept !== '' || !rules.trimsTags) tags.add(checkedTag(reader, kept));
  });
  return [...tags].sort();
}

function readTag(reader: JsonReader, list: string): string {
  const kind = reader.kind();
  if (kind !== 'string') reader.fail(`has ${describe(kind)} in a "${list}" list, which must hold texts only`);
  return reader.string();
}

/** Lone surrogates would all become one tag on the wire; control characters forge lines in logs and messages. */
function checkedTag(reader: JsonReader, tag: string): string {
  if (Buffer.byteLength(tag) > maxTagBytes) reader.fail(`has a tag of more than ${maxTagBytes} bytes`);
  if (!tag.isWellFormed()) reader.fail('has a tag that is not Unicode (a lone surrogate)');
  if (/\p{Cc}/u.test(tag)) reader.fail('has a tag with a control character');
  return tag;
}

/** "a number", "an array". */
export function describe(kind: string): string {
  if (kind === 'null') return kind;
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
