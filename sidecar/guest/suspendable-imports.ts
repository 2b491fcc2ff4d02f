/** The functions that may suspend a guest, as the host has them. */
export interface SuspendableFunctions {
  readonly call_backend: (...args: number[]) => number | Promise<number>;
  readonly poll_oneoff: (...args: number[]) => number | Promise<number>;
}

/**
 * The two imports that may suspend a guest. A suspending import throws where nothing can be suspended, and a start
 * section is such a place, even if the host would not wait. So between guest and host lie some instructions of WASM
 * (`suspendable-imports.wat`), which call plain functions until the instance has started.
 */
export class SuspendableImports {
  readonly #exports: WebAssembly.Exports;

  constructor(host: SuspendableFunctions, atStart: SuspendableFunctions) {
    const { call_backend, poll_oneoff } = host;
    const suspending = {
      call_backend: new WebAssembly.Suspending(call_backend),
      poll_oneoff: new WebAssembly.Suspending(poll_oneoff),
    };
    this.#exports = new WebAssembly.Instance(module, { suspending, starting: { ...atStart } }).exports;
  }

  get callBackend(): WebAssembly.ExportValue {
    return this.#expect('call_backend');
  }

  get pollOneoff(): WebAssembly.ExportValue {
    return this.#expect('poll_oneoff');
  }

  /** The start section is over: from here on, guests are called by `WebAssembly.promising`. */
  hasStarted(): void {
    const flag = this.#expect('has_started');
    if (flag instanceof WebAssembly.Global) flag.value = 1;
  }

  #expect(name: string): WebAssembly.ExportValue {
    const value = this.#exports[name];
    if (value === undefined) throw new Error(`no export ${name}`);
    return value;
  }
}

/** `suspendable-imports.wat` as `wat2wasm` makes it, in base64; a test compares them. */
export const suspendableImportsModule = [
  'AGFzbQEAAAABEwJgBn9/f39/fwF/YAR/f39/AX8CYwQKc3VzcGVuZGluZwxjYWxsX2JhY2tlbmQAAApzdXNwZW5kaW5nC3Bv',
  'bGxfb25lb2ZmAAEIc3RhcnRpbmcMY2FsbF9iYWNrZW5kAAAIc3RhcnRpbmcLcG9sbF9vbmVvZmYAAQMDAgABBgYBfwFBAAsH',
  'LAMLaGFzX3N0YXJ0ZWQDAAxjYWxsX2JhY2tlbmQABAtwb2xsX29uZW9mZgAFCkMCJAAjAAR/IAAgASACIAMgBCAFEAAFIAAg',
  'ASACIAMgBCAFEAILCxwAIwAEfyAAIAEgAiADEAEFIAAgASACIAMQAwsL',
].join('');

const module = new WebAssembly.Module(Buffer.from(suspendableImportsModule, 'base64'));
