import { maxWasmParameters } from './limits.ts';
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

const hasMaximum = 0x01;
const isShared = 0x02;
const is64Bit = 0x04;

/** A function type as in `(i32, i32) -> i32`; one without results ends in `()`. */
export function readFunctionType(reader: WasmReader): string {
  const form = reader.byte();
  if (form !== 0x60)
    reader.fail(`holds a type of the form 0x${hex(form)}, but guards may use function types only`);
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
  return valueTypes.get(code) ?? reader.fail(`holds the value type 0x${hex(code)}, which guards may not use`);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
