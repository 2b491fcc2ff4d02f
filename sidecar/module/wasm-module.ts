import {
  maxWasmCustomSections,
  maxWasmEntries,
  maxWasmFunctionBytes,
  maxWasmImports,
  maxWasmTables,
} from '../limits.ts';
import { checkPreamble, preambleBytes } from './wasm-preamble.ts';
import { WasmReader } from './wasm-reader.ts';
import {
  readFunctionType,
  readLimits,
  readTableType,
  skipGlobalType,
  skipTagType,
  type WasmLimits,
} from './wasm-types.ts';

export type WasmKind = 'function' | 'table' | 'memory' | 'global' | 'tag';

export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: WasmKind;
  /** Of a function: as in `(i32, i32) -> i32`. */
  readonly signature: string | undefined;
}

export interface WasmExport {
  readonly name: string;
  readonly kind: WasmKind;
  /** Within the kind. */
  readonly index: number;
}

/** What a module says of itself, read from its bytes before any engine sees them. Names are untrusted. */
export interface WasmModule {
  /** Function types as in `(i32, i32) -> i32`. */
  readonly types: readonly string[];
  readonly imports: readonly WasmImport[];
  /** The type of each function: the imported ones first. */
  readonly functions: readonly string[];
  /** In elements; imported ones first. */
  readonly tables: readonly WasmLimits[];
  /** In pages of 64 KiB; imported ones first. */
  readonly memories: readonly WasmLimits[];
  readonly exports: readonly WasmExport[];
  /** The function that runs at instantiation. */
  readonly start: number | undefined;
  /** Their names. */
  readonly customSections: readonly string[];
}

/** A module while it is read. */
class Draft implements WasmModule {
  readonly types: string[] = [];
  readonly imports: WasmImport[] = [];
  readonly functions: string[] = [];
  readonly tables: WasmLimits[] = [];
  readonly memories: WasmLimits[] = [];
  readonly exports: WasmExport[] = [];
  start: number | undefined;
  readonly customSections: string[] = [];
  /** Numbers that must agree in the end. */
  importedFunctions = 0;
  bodies = 0;
  dataCount: number | undefined;
  dataSegments = 0;
}

interface Section {
  readonly id: number;
  readonly name: string;
  readonly read: (reader: WasmReader, draft: Draft) => void;
  /** Only its number of entries is read here, the rest is the engine's. */
  readonly isCounted?: true;
}

/** In the order that the specification gives them; each comes once at most. */
const sections: readonly Section[] = [
  { id: 1, name: 'type section', read: readTypes },
  { id: 2, name: 'import section', read: readImports },
  { id: 3, name: 'function section', read: readFunctions },
  { id: 4, name: 'table section', read: readTables },
  { id: 5, name: 'memory section', read: readMemories },
  { id: 13, name: 'tag section', read: countEntries, isCounted: true },
  { id: 6, name: 'global section', read: countEntries, isCounted: true },
  { id: 7, name: 'export section', read: readExports },
  { id: 8, name: 'start section', read: readStart },
  { id: 9, name: 'element section', read: countEntries, isCounted: true },
  { id: 12, name: 'data count section', read: readDataCount },
  { id: 10, name: 'code section', read: skipBodies },
  { id: 11, name: 'data section', read: countData, isCounted: true },
];

const customSectionId = 0;
const kinds: readonly WasmKind[] = ['function', 'table', 'memory', 'global', 'tag'];

/**
 * Reads a module's declarations. What function bodies and data say is left to the validator
 * and to the engine, each in a process of its own.
 *
 * @throws GuardError GUARD_UNAVAILABLE: what is wrong, where, and what to do.
 */
export function readWasmModule(bytes: Uint8Array): WasmModule {
  checkPreamble(bytes);
  const draft = new Draft();
  const reader = new WasmReader(bytes, 'module', { start: preambleBytes, end: bytes.length });
  let next = 0;
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const place = sections.findIndex((section) => section.id === id);
    const section = sections[place];
    if (id === customSectionId) readCustomSection(reader.part('custom section', reader.u32()), draft);
    else if (section === undefined) reader.fail(`has a section of the unknown kind ${id}`);
    else if (place < next) reader.fail(`has its ${section.name} twice or out of order`);
    else {
      readSection(section, reader.part(section.name, reader.u32()), draft);
      next = place + 1;
    }
  }
  checkCounts(draft, reader);
  return draft;
}

function readSection(section: Section, reader: WasmReader, draft: Draft): void {
  section.read(reader, draft);
  if (section.isCounted !== true && !reader.isAtEnd) reader.fail('is longer than what it holds');
}

/** What the engine would find out later: that a module was cut off between two sections. */
function checkCounts(draft: Draft, reader: WasmReader): void {
  const declared = draft.functions.length - draft.importedFunctions;
  if (declared !== draft.bodies)
    reader.fail(`declares ${declared} functions but has the bodies of ${draft.bodies}`);
  if (draft.dataCount !== undefined && draft.dataCount !== draft.dataSegments) {
    reader.fail(`declares ${draft.dataCount} data segments but has ${draft.dataSegments}`);
  }
}

function readCustomSection(reader: WasmReader, draft: Draft): void {
  if (draft.customSections.length >= maxWasmCustomSections) {
    reader.fail(`is one of more than ${maxWasmCustomSections}; strip the module`);
  }
  draft.customSections.push(reader.name());
}

function readTypes(reader: WasmReader, draft: Draft): void {
  reader.each('types', maxWasmEntries, () => draft.types.push(readFunctionType(reader)));
}

function readImports(reader: WasmReader, draft: Draft): void {
  reader.each('imports', maxWasmImports, () => {
    const module = reader.name();
    const name = reader.name();
    const kind = readKind(reader);
    const signature = readImportedType(kind, reader, draft);
    draft.imports.push({ module, name, kind, signature });
  });
  draft.importedFunctions = draft.functions.length;
}

/** The signature of a function; what else is imported is only taken note of. */
function readImportedType(kind: WasmKind, reader: WasmReader, draft: Draft): string | undefined {
  if (kind === 'function') {
    const signature = readTypeIndex(reader, draft);
    draft.functions.push(signature);
    return signature;
  }
  if (kind === 'table') draft.tables.push(readTableType(reader));
  else if (kind === 'memory') draft.memories.push(readLimits(reader));
  else if (kind === 'global') skipGlobalType(reader);
  else skipTagType(reader);
  return undefined;
}

function readFunctions(reader: WasmReader, draft: Draft): void {
  reader.each('functions', maxWasmEntries, () => draft.functions.push(readTypeIndex(reader, draft)));
}

function readTables(reader: WasmReader, draft: Draft): void {
  reader.each('tables', maxWasmTables, () => draft.tables.push(readTableType(reader)));
}

function readMemories(reader: WasmReader, draft: Draft): void {
  reader.each('memories', maxWasmEntries, () => draft.memories.push(readLimits(reader)));
}

function readExports(reader: WasmReader, draft: Draft): void {
  const names = new Set<string>();
  reader.each('exports', maxWasmEntries, () => {
    const name = reader.name();
    if (names.has(name)) reader.fail('has two exports of one name');
    names.add(name);
    draft.exports.push({ name, kind: readKind(reader), index: reader.u32() });
  });
}

function readStart(reader: WasmReader, draft: Draft): void {
  draft.start = reader.u32();
  if (draft.start >= draft.functions.length) reader.fail(`names function ${draft.start}, which there is not`);
}

function countEntries(reader: WasmReader): void {
  reader.count('entries', maxWasmEntries);
}

function readDataCount(reader: WasmReader, draft: Draft): void {
  draft.dataCount = reader.count('data segments', maxWasmEntries);
}

/** Where each body ends is read here, what it says is the validator's. */
function skipBodies(reader: WasmReader, draft: Draft): void {
  reader.each('function bodies', maxWasmEntries, () => {
    const length = reader.u32();
    if (length > maxWasmFunctionBytes) {
      const limit = `${maxWasmFunctionBytes}; build it with smaller functions`;
      reader.fail(`has a function of ${length} bytes, and one may have ${limit}`);
    }
    reader.part('function', length);
    draft.bodies++;
  });
}

function countData(reader: WasmReader, draft: Draft): void {
  draft.dataSegments = reader.count('data segments', maxWasmEntries);
}

function readKind(reader: WasmReader): WasmKind {
  const code = reader.byte();
  return kinds[code] ?? reader.fail(`holds an entry of the unknown kind ${code}`);
}

function readTypeIndex(reader: WasmReader, draft: Draft): string {
  const index = reader.u32();
  return draft.types[index] ?? reader.fail(`names type ${index}, which there is not`);
}
