import { cleanLine } from '../clean-line.ts';
import { GuardError } from '../guard-error.ts';
import { allowedImports } from './allowed-imports.ts';
import { readWasmModule, type WasmExport, type WasmImport, type WasmModule } from './wasm-module.ts';
import type { WasmLimits } from './wasm-types.ts';

/** What the operator allows a guard's module. */
export interface AdmissionLimits {
  /** Pages of 64 KiB that its memory may start with. */
  readonly memoryPages: number;
  /** Elements that its tables may start with, together. */
  readonly tableEntries: number;
  readonly moduleBytes: number;
}

/** What is known of a module that was admitted. Names are untrusted. */
export interface ModuleFacts {
  readonly exports: readonly WasmExport[];
  readonly imports: readonly WasmImport[];
  /** In pages of 64 KiB; the maximum as the module declares it, whatever it may have. */
  readonly memory: { readonly minimumPages: number; readonly maximumPages: number | undefined };
  /** `alloc` and `dealloc`: the guest places its buffers itself. */
  readonly hasAlloc: boolean;
  readonly hasInitialize: boolean;
  /** A start section, which runs at instantiation. (`_start`, an export, never runs.) */
  readonly hasStart: boolean;
}

const labelSignature = '(i32, i32, i32, i32) -> i32';
const labelExports = ['label_agent', 'label_resource', 'label_response'];
const initialize = { name: '_initialize', signature: '() -> ()' };
const bytesPerPage = 65_536;

/**
 * Admits a guard's module, from its bytes alone: what the guard ABI asks of a module, within the operator's limits.
 *
 * @throws GuardError GUARD_UNAVAILABLE: one clause that names the thing, what it is, what it must be, and what to do.
 */
export function admit(bytes: Uint8Array, limits: AdmissionLimits): ModuleFacts {
  if (bytes.length > limits.moduleBytes) {
    const size = `its file has ${bytes.length} bytes but may have ${limits.moduleBytes}`;
    refuse(`${size}; strip it or build it for size`);
  }
  const module = readWasmModule(bytes);
  const exports = new Map(module.exports.map((each) => [each.name, each]));
  for (const each of module.imports) checkImport(each);
  checkLabelExports(module, exports);
  const { minimum, maximum } = checkMemory(module, exports, limits);
  checkTables(module, limits);
  const hasAlloc = checkAllocator(module, exports);
  const hasInitialize = checkOptional(module, exports, initialize);
  return {
    exports: module.exports,
    imports: module.imports,
    memory: { minimumPages: minimum, maximumPages: maximum },
    hasAlloc,
    hasInitialize,
    hasStart: module.start !== undefined,
  };
}

/**
 * Everything that `admit` has to say against a module, not only the first of it; nothing where it is admitted. What keeps
 * it from being read ends the list.
 */
export function refusals(bytes: Uint8Array, limits: AdmissionLimits): readonly string[] {
  const found: string[] = [];
  const check = (admits: () => unknown) => {
    try {
      admits();
    } catch (error) {
      if (!(error instanceof GuardError)) throw error;
      if (!found.includes(error.message)) found.push(error.message);
    }
  };
  // The first of it, and what cannot be told apart from the rest.
  check(() => admit(bytes, limits));
  if (found.length > 0 && bytes.length <= limits.moduleBytes) check(() => checkAll(bytes, limits, check));
  return found;
}

function checkAll(bytes: Uint8Array, limits: AdmissionLimits, check: (admits: () => unknown) => void): void {
  const module = readWasmModule(bytes);
  const exports = new Map(module.exports.map((each) => [each.name, each]));
  for (const each of module.imports) check(() => checkImport(each));
  check(() => checkNoProgram(exports));
  if (!isProgram(exports))
    for (const name of labelExports) check(() => checkLabelExport(module, exports, name));
  check(() => checkMemory(module, exports, limits));
  check(() => checkTables(module, limits));
  check(() => checkAllocator(module, exports));
  check(() => checkOptional(module, exports, initialize));
}

type Exports = ReadonlyMap<string, WasmExport>;

interface ExpectedFunction {
  readonly name: string;
  readonly signature: string;
}

function checkImport({ module, name, kind, signature }: WasmImport): void {
  const path = `${cleanName(module)}.${cleanName(name)}`;
  if (kind === 'memory') {
    refuse(`it imports its memory (${path}) but must define and export it; link it without --import-memory`);
  }
  const expected = allowedImports.get(module)?.get(name);
  if (expected === undefined) refuse(`it imports ${path}, which no guard may; ${importAdvice(module)}`);
  if (kind !== 'function')
    refuse(`it imports ${path} as a ${kind} but it is a function ${expected}; correct the import`);
  if (signature !== expected) {
    refuse(`it imports ${path} as ${cut(signature)} but it is ${expected}; correct the declaration`);
  }
}

function importAdvice(module: string): string {
  if (module === 'wasi_unstable' || module.startsWith('wasi:')) return 'build it for wasm32-wasip1';
  return 'allowed are env.call_backend, host_log, abort and backend_error, and wasi_snapshot_preview1';
}

function checkLabelExports(module: WasmModule, exports: Exports): void {
  checkNoProgram(exports);
  for (const name of labelExports) checkLabelExport(module, exports, name);
}

function isProgram(exports: Exports): boolean {
  return exports.has('_start') && !labelExports.some((name) => exports.has(name));
}

function checkNoProgram(exports: Exports): void {
  if (!isProgram(exports)) return;
  refuse(
    'it is a program (it exports _start) and has none of the label_* exports; build it as a library: a reactor, or -buildmode=c-shared',
  );
}

function checkLabelExport(module: WasmModule, exports: Exports, name: string): void {
  if (checkOptional(module, exports, { name, signature: labelSignature })) return;
  refuse(
    `it has no export "${name}" but must export it as a function ${labelSignature}; add it and build it again`,
  );
}

/** Whether the export is there; where it is, it is a function of the guard's own with the right signature. */
function checkOptional(module: WasmModule, exports: Exports, { name, signature }: ExpectedFunction): boolean {
  const found = exports.get(name);
  if (found === undefined) return false;
  const mustBe = `but must be a function ${signature}`;
  if (found.kind !== 'function')
    refuse(`its export "${name}" is a ${found.kind} ${mustBe}; correct the export`);
  const actual = module.functions[found.index];
  if (actual === undefined)
    refuse(`its export "${name}" is function ${found.index}, which it does not have; build it again`);
  const isImported = found.index < module.imports.filter(({ kind }) => kind === 'function').length;
  if (isImported)
    refuse(
      `its export "${name}" is an imported function but must be its own; export a function of the guard`,
    );
  if (actual !== signature)
    refuse(`its export "${name}" is ${cut(actual)} ${mustBe}; correct its declaration`);
  return true;
}

function checkAllocator(module: WasmModule, exports: Exports): boolean {
  const hasAlloc = checkOptional(module, exports, { name: 'alloc', signature: '(i32) -> i32' });
  const hasDealloc = checkOptional(module, exports, { name: 'dealloc', signature: '(i32, i32) -> ()' });
  if (hasAlloc === hasDealloc) return hasAlloc;
  const [has, lacks] = hasAlloc ? ['alloc', 'dealloc'] : ['dealloc', 'alloc'];
  return refuse(`it exports "${has}" without "${lacks}"; export both, or neither`);
}

function checkMemory(module: WasmModule, exports: Exports, { memoryPages }: AdmissionLimits): WasmLimits {
  const found = exports.get('memory');
  const [memory, ...others] = module.memories;
  if (found === undefined)
    refuse('it has no export "memory" but must export its memory under that name; add the export');
  if (found.kind !== 'memory')
    refuse(`its export "memory" is a ${found.kind} but must be its memory; rename that export`);
  if (others.length > 0)
    refuse(`it has ${module.memories.length} memories but must have one; build it without multi-memory`);
  if (memory === undefined || found.index !== 0)
    return refuse('its export "memory" is a memory that it does not have; build it again');
  if (memory.isShared) refuse('its memory is shared but must not be; build it without threads');
  if (memory.is64Bit)
    refuse('its memory has 64-bit addresses but must have 32-bit ones; build it for wasm32');
  if (memory.minimum > memoryPages) {
    const size = `its memory starts with ${pages(memory.minimum)} but may have ${pages(memoryPages)}`;
    refuse(`${size}; raise limits.memoryPages, or build it with a smaller initial memory`);
  }
  return memory;
}

function checkTables(module: WasmModule, { tableEntries }: AdmissionLimits): void {
  if (module.tables.some((table) => table.is64Bit || table.isShared)) {
    refuse('it has a shared or 64-bit table, which no guard may; build it for plain wasm32');
  }
  const entries = module.tables.reduce((sum, table) => sum + table.minimum, 0);
  if (entries <= tableEntries) return;
  const size = `its tables start with ${entries} entries but may have ${tableEntries}`;
  refuse(`${size}; raise limits.tableEntries, or build it with fewer indirect functions`);
}

function pages(count: number): string {
  return `${count} pages (${(count * bytesPerPage) / 2 ** 20} MiB)`;
}

/** A name that the module chose, fit for a message. */
function cleanName(name: string): string {
  return cleanLine(name, 80);
}

/** A signature may have a thousand parameters. */
function cut(signature: string | undefined): string {
  return cleanLine(signature ?? 'something else', 120);
}

function refuse(sentence: string): never {
  throw new GuardError('GUARD_UNAVAILABLE', sentence);
}
