import type {
  LabeledItem,
  LabeledItems,
  LabeledPath,
  LabeledPaths,
  Labels,
  ResponseLabels,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { maxLabeledEntries, maxTagsPerOutput } from '../limits.ts';
import { JsonReader, type Span } from './json-reader.ts';
import { describe, type LabelsRules, readLabels } from './read-labels.ts';

/**
 * Parses what `label_response` wrote (the guard ABI, "What the exports say"). Nothing, `null`, or neither form: no labels.
 * The `data` of items is the exact text that the guard wrote.
 *
 * @throws GuardError INVALID_OUTPUT when it is not what the ABI says.
 */
export function parseResponseOutput(output: Uint8Array): ResponseLabels {
  const none: ResponseLabels = { form: undefined };
  if (output.length === 0) return none;
  const reader: JsonReader = JsonReader.of(output, 'label_response');
  const kind = reader.kind();
  if (kind !== 'object' && kind !== 'null') reader.fail('must be a JSON object or null');
  const members: Members = kind === 'object' ? readMembers(reader) : { spans: new Map() };
  if (kind === 'null') reader.skip();
  reader.end();
  if (members.paths !== undefined)
    return { form: { $case: 'paths', value: readPaths(reader, members.paths(), members.spans) } };
  const items = members.spans.get('items');
  return items !== undefined && holdsEntries(reader, items)
    ? { form: { $case: 'items', value: readItems(reader.within(items)) } }
    : none;
}

/** What an output is made of. */
interface Members {
  /** The entries of `labeled_paths`, read on the way: a second look would cost as much as the first. */
  paths?: () => PathEntries;
  /** Where the others are that mean something. */
  readonly spans: Map<string, Span>;
}

interface PathEntries {
  readonly entries: LabeledPath[];
  readonly readLabels: (at: JsonReader) => Labels;
}

const memberNames = new Set(['default_labels', 'items_path', 'items']);

function readMembers(reader: JsonReader): Members {
  const members: Members = { spans: new Map() };
  reader.object((name) => {
    if (name === 'labeled_paths' && members.paths === undefined) {
      members.paths = reader.attempt(() => readPathEntries(reader));
      return;
    }
    const span = reader.skip();
    // The last one holds. It is not read on the way: there may be thousands.
    if (name === 'labeled_paths') members.paths = () => readPathEntries(reader.within(span));
    if (memberNames.has(name)) members.spans.set(name, span);
  });
  return members;
}

function holdsEntries(reader: JsonReader, span: Span): boolean {
  const items = reader.within(span);
  if (items.kind() !== 'array') return false;
  // An empty array is two brackets with nothing but white space between them.
  return reader.text(span).slice(1, -1).trim() !== '';
}

/** The path form: strict, because what is read leniently here would be more public than meant. */
function readPaths(
  reader: JsonReader,
  { entries, readLabels: readPathLabels }: PathEntries,
  spans: Map<string, Span>,
): LabeledPaths {
  const value = (name: string) => {
    const span = spans.get(name);
    const at = span && reader.within(span);
    return at?.kind() === 'null' ? undefined : at;
  };
  const defaults = value('default_labels');
  const itemsPath = value('items_path');
  return {
    entries,
    defaultLabels: defaults && readPathLabels(expectLabels(defaults)),
    itemsPath: itemsPath && readPointer(itemsPath, 'items_path'),
  };
}

function readPathEntries(reader: JsonReader): PathEntries {
  const readPathLabels = labelsOnce({ trimsTags: false, oddDescription: 'refused' });
  if (reader.kind() === 'null') {
    reader.skip();
    return { entries: [], readLabels: readPathLabels };
  }
  const entries = readEntries(reader, (entry) => readLabeledPath(entry, readPathLabels));
  return { entries, readLabels: readPathLabels };
}

function readEntries<Entry>(list: JsonReader, read: (list: JsonReader) => Entry | undefined): Entry[] {
  const entries: Entry[] = [];
  if (list.kind() !== 'array')
    list.fail(`has "labeled_paths" that are ${describe(list.kind())} but must be an array`);
  let count = 0;
  list.array(() => {
    if (++count > maxLabeledEntries) list.fail(`labels more than ${maxLabeledEntries} items`);
    const entry = read(list);
    if (entry !== undefined) entries.push(entry);
  });
  return entries;
}

function readLabeledPath(reader: JsonReader, readPathLabels: (at: JsonReader) => Labels): LabeledPath {
  if (reader.kind() !== 'object')
    reader.fail(`has ${describe(reader.kind())} in "labeled_paths", which must hold objects`);
  let path: string | undefined;
  let labels: Labels | undefined;
  reader.object((name) => {
    if (name === 'path') path = readPointer(reader, 'path');
    else if (name === 'labels' && reader.kind() !== 'null') labels = readPathLabels(expectLabels(reader));
    else {
      reader.skip();
      if (name === 'labels') labels = undefined;
    }
  });
  // Without its path an entry would label nothing, and its item would get defaults that may be more public.
  if (path === undefined) reader.fail('has an entry without "path" in "labeled_paths"');
  return { path, labels };
}

function expectLabels(reader: JsonReader): JsonReader {
  if (reader.kind() !== 'object')
    reader.fail(`has labels that are ${describe(reader.kind())} but must be an object`);
  return reader;
}

function readPointer(reader: JsonReader, name: string): string {
  if (reader.kind() !== 'string')
    reader.fail(`has ${describe(reader.kind())} for "${name}", which must be a text`);
  const pointer = reader.string();
  if (!pointer.isWellFormed()) reader.fail(`has a "${name}" that is not Unicode (a lone surrogate)`);
  return pointer;
}

/** The item form: an entry that is no object is left out. */
function readItems(items: JsonReader): LabeledItems {
  const readItemLabels = labelsOnce({ trimsTags: false, oddDescription: 'ignored' });
  return {
    entries: readEntries(items, (entry) => {
      if (entry.kind() === 'object') return readLabeledItem(entry, readItemLabels);
      entry.skip();
      return undefined;
    }),
  };
}

/** Labels that are no object are none: the resource's labels hold, and those are what the guard said of the call. */
function readLabeledItem(reader: JsonReader, readItemLabels: (at: JsonReader) => Labels): LabeledItem {
  const item: LabeledItem = { labels: undefined };
  reader.object((name) => {
    if (name === 'labels' && reader.kind() === 'object') {
      item.labels = readItemLabels(reader);
      return;
    }
    const value = reader.skip();
    if (name === 'data') item.data = Buffer.from(reader.text(value));
    if (name === 'labels') item.labels = undefined;
  });
  return item;
}

/** Longest text of labels that is looked up, in characters: V8 tells long texts of one length apart by reading them. */
const longestKnown = 1_024;

/** Reads the labels of one output, each text once: a thousand items have a handful of labels. Counts the tags of all. */
function labelsOnce(rules: LabelsRules): (at: JsonReader) => Labels {
  const known = new Map<string, Labels>();
  let count = 0;
  return (at) => {
    const span = at.skip();
    const isShort = span.end - span.start <= longestKnown;
    const text = isShort ? at.text(span) : '';
    const labels = (isShort ? known.get(text) : undefined) ?? readLabels(at.within(span), rules);
    if (isShort) known.set(text, labels);
    count += labels.secrecy.length + labels.integrity.length;
    if (count > maxTagsPerOutput) at.fail(`has more than ${maxTagsPerOutput} tags`);
    return labels;
  };
}
