import { maxWasmParameters } from '../limits.ts';
import type { WasmReader } from './wasm-reader.ts';

/** The size of a table (in elements) or of a memory (in pages of 64 KiB). */
export interface WasmLimits {
  readonly minimum: number;
  readonly maximum: number | undefined;
  readonly isShared: boolean;
  /** Addressed by 64 bits. */
  readonly is64Bit: boolean;
}

const valueTypes = new Map<number, string>([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);

/** Value types that guards may not use, by the feature that they belong to. */
const refusedTypes: readonly { from: number; to: number; feature: string }[] = [
  { from: 0x63, to: 0x64, feature: 'typed function references, or garbage collection' },
  { from: 0x67, to: 0x67, feature: 'string references' },
  { from: 0x68, to: 0x68, feature: 'stack switching' },
  { from: 0x69, to: 0x69, feature: 'exceptions' },
  { from: 0x6a, to: 0x6e, feature: 'garbage collection' },
  { from: 0x71, to: 0x73, feature: 'garbage collection' },
  { from: 0x74, to: 0x74, feature: 'exceptions' },
];

/** Forms of types that are no functions. */
const refusedForms = new Map<number, string>([
  [0x5f, 'garbage collection: a structure'],
  [0x5e, 'garbage collection: an array'],
  [0x5d, 'stack switching: a continuation'],
  [0x50, 'garbage collection: a subtype'],
  [0x4f, 'garbage collection: a final subtype'],
  [0x4e, 'garbage collection: a recursive group'],
]);

const hasMaximum = 0x01;
const isShared = 0x02;
const is64Bit = 0x04;
const hasPageSize = 0x08;

/** A function type as in `(i32, i32) -> i32`; one without results ends in `()`. */
export function readFunctionType(reader: WasmReader): string {
  const form = reader.byte();
  if (form !== 0x60) {
    const feature = named(refusedForms.get(form));
    reader.fail(`holds a type of the form 0x${hex(form)}${feature}, but guards may use function types only`);
  }
  const parameters = readValueTypes(reader, 'parameters');
  const results = readValueTypes(reader, 'results');
  const [result] = results;
  const returned = results.length === 1 && result !== undefined ? result : `(${results.join(', ')})`;
  return `(${parameters.join(', ')}) -> ${returned}`;
}

/** The type of a table's elements, and its size. */
export function readTableType(reader: WasmReader): WasmLimits {
  const element = readValueType(reader);
  if (!element.endsWith('ref')) reader.fail(`holds a table of ${element}`);
  return readLimits(reader);
}

/** The type of a global, which nobody here asks for. */
export function skipGlobalType(reader: WasmReader): void {
  readValueType(reader);
  reader.byte();
}

/** The type of an exception tag, which nobody here asks for. */
export function skipTagType(reader: WasmReader): void {
  reader.byte();
  reader.u32();
}

export function readLimits(reader: WasmReader): WasmLimits {
  const flags = reader.byte();
  if ((flags & hasPageSize) !== 0 && flags < 2 * hasPageSize)
    reader.fail('holds a memory of a page size of its own, but pages must have 64 KiB');
  if (flags > (hasMaximum | isShared | is64Bit))
    reader.fail(`holds limits of the unknown kind 0x${hex(flags)}`);
  const size = () => ((flags & is64Bit) === 0 ? reader.u32() : reader.u64());
  const minimum = size();
  const maximum = (flags & hasMaximum) === 0 ? undefined : size();
  if (maximum !== undefined && minimum > maximum)
    reader.fail(`has the minimum ${minimum} above its maximum ${maximum}`);
  return { minimum, maximum, isShared: (flags & isShared) !== 0, is64Bit: (flags & is64Bit) !== 0 };
}

function readValueTypes(reader: WasmReader, what: string): string[] {
  const types: string[] = [];
  reader.each(what, maxWasmParameters, () => types.push(readValueType(reader)));
  return types;
}

function readValueType(reader: WasmReader): string {
  const code = reader.byte();
  const known = valueTypes.get(code);
  if (known !== undefined) return known;
  const feature = named(refusedTypes.find(({ from, to }) => from <= code && code <= to)?.feature);
  return reader.fail(`holds the value type 0x${hex(code)}${feature}, which guards may not use`);
}

function named(feature: string | undefined): string {
  return feature === undefined ? '' : ` (${feature})`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
