/**
 * The WebAssembly JavaScript API as far as Sluice uses it. TypeScript keeps it in its browser library only, and does
 * not know JavaScript Promise Integration (`promising`, `Suspending`) yet.
 */
declare namespace WebAssembly {
  type ExportValue = Memory | Table | Global | ((...args: never[]) => unknown);
  type Exports = Record<string, ExportValue>;
  type ImportValue = Memory | Table | Global | Suspending | ((...args: never[]) => unknown);
  type ModuleImports = Record<string, ImportValue>;
  type Imports = Record<string, ModuleImports>;

  class Module {
    constructor(bytes: Uint8Array);
    static exports(module: Module): { name: string; kind: string }[];
    static imports(module: Module): { module: string; name: string; kind: string }[];
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    /** Returns the size before, in pages; throws a RangeError where it cannot grow. */
    grow(pages: number): number;
  }

  class Table {
    readonly length: number;
  }

  class Global {
    value: unknown;
  }

  /** A host function that suspends the guest for as long as its promise is open. A plain value does not suspend. */
  class Suspending {
    constructor(host: (...args: number[]) => number | Promise<number>);
  }

  /** An export as a function whose call may be suspended. */
  function promising(exported: ExportValue): (...args: number[]) => Promise<number | undefined>;

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
}
