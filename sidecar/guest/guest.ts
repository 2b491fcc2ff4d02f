import type { BackendAnswer } from './backend-calls.ts';
import { Coroutine, type TurnEnd } from './coroutine.ts';
import { GuestFailure } from './guest-failure.ts';
import type { GuestLog } from './guest-log.ts';
import type { GuestMemory } from './guest-memory.ts';
import { type GuestWait, HostImports } from './host-imports.ts';
import type { LabelExport } from './protocol.ts';

/** First output buffer: the shipped GitHub guard answers nonsense when it gets less. The ABI's number. */
const firstOutputBytes = 4 * 1024 * 1024;
/** Room between a guest's own data and buffers at the end of its memory. The ABI's number. */
const bufferMarginBytes = 64 * 1024;
/** Returned by a guest whose output buffer is too small. */
const outputTooSmall = -2;

/** How one turn of a guest ended. */
export type GuestTurn = TurnEnd<Uint8Array, GuestWait>;

/** One instance of a guard. It does one thing at a time, and is not used again after it failed. */
export class Guest {
  readonly #host: HostImports;
  readonly #exports: WebAssembly.Exports;
  readonly #memory: GuestMemory;
  /** Last output buffer. */
  readonly #maxOutputBytes: number;
  #call: Coroutine<Uint8Array, GuestWait, BackendAnswer> | undefined;
  /** The exports that were called so far: wrapping one costs as much as calling it. */
  readonly #callable = new Map<string, (...args: number[]) => Promise<number | undefined>>();
  #isInitialized = false;
  readonly #startBytes: number;

  /** Links and starts an instance; its start section runs here, and cannot wait for anything. */
  constructor(module: WebAssembly.Module, log: GuestLog, maxOutputBytes: number) {
    this.#maxOutputBytes = maxOutputBytes;
    this.#host = new HostImports(log);
    this.#exports = new WebAssembly.Instance(module, this.#host.imports).exports;
    const memory = this.#exports.memory;
    if (!(memory instanceof WebAssembly.Memory))
      throw new GuestFailure('GUARD_ERROR', 'it exports no memory');
    this.#memory = this.#host.attach(memory);
    this.#startBytes = this.#memory.size;
  }

  /** Bytes of its memory, and how many of these it has taken since it started. */
  get memory(): { readonly bytes: number; readonly grownBytes: number } {
    const bytes = this.#memory.size;
    return { bytes, grownBytes: bytes - this.#startBytes };
  }

  /** Asks one of the exports that label. The result is the guest's output, empty when it returned 0. */
  call(name: LabelExport, input: Uint8Array): Promise<GuestTurn> {
    const call = new Coroutine<Uint8Array, GuestWait, BackendAnswer>();
    this.#call = call;
    this.#host.beginCall((wait) => call.wait(wait));
    return call.start(async () => {
      try {
        await this.#initialize();
        return await this.#label(name, input);
      } finally {
        this.#host.endCall();
      }
    });
  }

  /** Goes on with a guest that waits. */
  resume(answer: BackendAnswer): Promise<GuestTurn> {
    return this.#expectCall().resume(answer);
  }

  /** Ends a guest. One that waits is unwound: a suspension that is merely dropped leaks. */
  async end(): Promise<void> {
    if (this.#call?.isWaiting !== true) return;
    const cancelled = this.#host.end(new GuestFailure('GUARD_ERROR', 'its call was cancelled'));
    await this.#call.unwind(cancelled).catch(() => undefined);
  }

  #expectCall(): Coroutine<Uint8Array, GuestWait, BackendAnswer> {
    if (this.#call === undefined) throw new Error('this guest was never called');
    return this.#call;
  }

  async #initialize(): Promise<void> {
    if (this.#isInitialized) return;
    this.#isInitialized = true;
    if (this.#exports._initialize !== undefined) await this.#invoke('_initialize');
  }

  /** The calling convention of the ABI page: retries with larger output buffers, each attempt with the same input. */
  async #label(name: LabelExport, input: Uint8Array): Promise<Uint8Array> {
    let outputBytes = Math.min(firstOutputBytes, this.#maxOutputBytes);
    for (;;) {
      const attempt = await this.#attempt({ name, input, outputBytes });
      if (attempt.output !== undefined) return attempt.output;
      if (outputBytes >= this.#maxOutputBytes) {
        const limit = `${this.#maxOutputBytes / 2 ** 20} MiB`;
        throw new GuestFailure('OUTPUT_LIMIT', `${name} wants more than ${limit} for its output`);
      }
      outputBytes = Math.min(Math.max(attempt.neededBytes, 2 * outputBytes), this.#maxOutputBytes);
    }
  }

  async #attempt(call: Attempt): Promise<{ output?: Uint8Array; neededBytes: number }> {
    const buffers = await this.#takeBuffers(call.input.length, call.outputBytes);
    this.#memory.view(buffers.input, call.input.length).set(call.input);
    this.#memory.writeUint32(buffers.output, 0);
    const returned = await this.#invoke(
      call.name,
      buffers.input,
      call.input.length,
      buffers.output,
      call.outputBytes,
    );
    const result = this.#readResult(call, buffers.output, returned);
    await this.#freeBuffers(call, buffers);
    return result;
  }

  #readResult(call: Attempt, output: number, returned: number): { output?: Uint8Array; neededBytes: number } {
    if (returned === outputTooSmall) return { neededBytes: this.#memory.readUint32(output) };
    if (returned < 0)
      throw new GuestFailure('GUARD_ERROR', `${call.name} returned the error code ${returned}`);
    if (returned > call.outputBytes) {
      const claim = `${call.name} says that it wrote ${returned} bytes into a buffer of ${call.outputBytes}`;
      throw new GuestFailure('GUARD_ERROR', claim);
    }
    return { output: this.#memory.copy(output, returned), neededBytes: 0 };
  }

  async #takeBuffers(inputBytes: number, outputBytes: number): Promise<Buffers> {
    if (this.#exports.alloc === undefined) return this.#buffersAtTheEnd(inputBytes, outputBytes);
    const input = await this.#alloc(inputBytes);
    const output = await this.#alloc(outputBytes);
    if (input < output + outputBytes && output < input + inputBytes)
      throw new GuestFailure('GUARD_ERROR', 'alloc gave two buffers that overlap');
    return { input, output };
  }

  async #alloc(bytes: number): Promise<number> {
    const pointer = (await this.#invoke('alloc', bytes)) >>> 0;
    if (pointer === 0) throw new GuestFailure('GUARD_ERROR', `alloc gave nothing for ${bytes} bytes`);
    this.#memory.view(pointer, bytes);
    return pointer;
  }

  #buffersAtTheEnd(inputBytes: number, outputBytes: number): Buffers {
    this.#memory.reserve(inputBytes + outputBytes + bufferMarginBytes);
    const output = this.#memory.size - outputBytes;
    return { input: output - inputBytes, output };
  }

  async #freeBuffers(call: Attempt, buffers: Buffers): Promise<void> {
    if (this.#exports.dealloc === undefined) return;
    await this.#invoke('dealloc', buffers.input, call.input.length);
    await this.#invoke('dealloc', buffers.output, call.outputBytes);
  }

  /** Calls an export; a void or missing result is 0. */
  async #invoke(name: string, ...args: number[]): Promise<number> {
    return (await this.#callableExport(name)(...args)) ?? 0;
  }

  #callableExport(name: string): (...args: number[]) => Promise<number | undefined> {
    const known = this.#callable.get(name);
    if (known !== undefined) return known;
    const exported = this.#exports[name];
    if (typeof exported !== 'function')
      throw new GuestFailure('GUARD_ERROR', `it exports no function ${name}`);
    const callable = WebAssembly.promising(exported);
    this.#callable.set(name, callable);
    return callable;
  }
}

interface Attempt {
  readonly name: LabelExport;
  readonly input: Uint8Array;
  readonly outputBytes: number;
}

interface Buffers {
  readonly input: number;
  readonly output: number;
}
