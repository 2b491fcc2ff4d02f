// A guard in plain WebAssembly, without the sidecar: the guard ABI in its simplest form, for tests of guards.

import { readFile } from 'node:fs/promises';
import { guardModuleUrl } from '../../guards/build.ts';

/** What an export answered: its code, and the bytes when the code says that there are some. */
export type GuardAnswer = { code: number; text: string; bytes: Uint8Array; out: DataView };

/** What the guarded server answers to a call of the guard: bytes of JSON, or an error code of the ABI. */
export type BackendAnswer = string | number;

/** One call of the guard to its server. */
export type BackendCall = { tool: string; args: string; outBytes: number };

export type LabelExport = 'label_agent' | 'label_resource' | 'label_response';

/** One line in the guard's log. Levels: 0 debug, 1 info, 2 warning, 3 error. */
export type LogLine = { level: number; text: string };

const WASM_MODULES = new Map<string, Promise<WebAssembly.Module>>();
const BUFFER_TOO_SMALL = -2;
const NOT_FOUND = -6;

/** The largest buffer that the ABI begins with, in bytes. */
const OUT_BYTES = 4 * 1024 * 1024;

type I32Function = (...args: number[]) => number;

/** One instance of a guard, with a backend that is a map from tool names to answers. */
export class GuardHarness {
  readonly logLines: LogLine[] = [];
  readonly backendCalls: BackendCall[] = [];
  readonly #instance: WebAssembly.Instance;
  readonly #backend: ReadonlyMap<string, BackendAnswer>;

  private constructor(module: WebAssembly.Module, backend: ReadonlyMap<string, BackendAnswer>) {
    this.#backend = backend;
    this.#instance = new WebAssembly.Instance(module, { env: this.#imports() });
  }

  /** A new instance of the committed module of a guard. */
  static async start(name: string, backend: Record<string, BackendAnswer> = {}): Promise<GuardHarness> {
    const module =
      WASM_MODULES.get(name) ?? readFile(guardModuleUrl(name)).then((b) => new WebAssembly.Module(b));
    WASM_MODULES.set(name, module);
    return new GuardHarness(await module, new Map(Object.entries(backend)));
  }

  /** Calls an export with a JSON value, or with a text or bytes as they are. */
  call(name: LabelExport, input: unknown, outBytes: number = OUT_BYTES): GuardAnswer {
    const bytes = input instanceof Uint8Array ? input : new TextEncoder().encode(asText(input));
    const inBlock = this.alloc(bytes.byteLength);
    const outBlock = this.alloc(Math.max(outBytes, 4));
    new Uint8Array(this.memory, inBlock, bytes.byteLength).set(bytes);
    new DataView(this.memory).setUint32(outBlock, 0, true);
    const code = this.#function(name)(inBlock, bytes.byteLength, outBlock, outBytes);
    const answer = new Uint8Array(this.memory, outBlock, Math.max(code, 0)).slice();
    const out = new DataView(this.memory.slice(outBlock, outBlock + 4));
    this.dealloc(inBlock, bytes.byteLength);
    this.dealloc(outBlock, Math.max(outBytes, 4));
    return { code, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(answer), bytes: answer, out };
  }

  /** The JSON that an export answers; undefined for no bytes. Throws when it answers an error. */
  ask(name: LabelExport, input: unknown): unknown {
    const { code, text } = this.call(name, input);
    if (code < 0) throw new Error(`${name} answered ${code}: ${this.logLines.at(-1)?.text}`);
    return code === 0 ? undefined : JSON.parse(text);
  }

  alloc(size: number): number {
    return this.#function('alloc')(size) >>> 0;
  }

  dealloc(block: number, size: number): void {
    this.#function('dealloc')(block, size);
  }

  get memory(): ArrayBuffer {
    const memory = this.#instance.exports.memory;
    if (!(memory instanceof WebAssembly.Memory)) throw new Error('the guard exports no memory');
    return memory.buffer;
  }

  #function(name: string): I32Function {
    const exported = this.#instance.exports[name];
    if (typeof exported !== 'function') throw new Error(`the guard exports no function ${name}`);
    return (...args) => Number(Reflect.apply(exported, undefined, args));
  }

  #imports(): WebAssembly.ModuleImports {
    return {
      abort: (message: number) => {
        throw new Error(`the guard aborted: ${this.#assemblyScriptString(message)}`);
      },
      host_log: (level: number, start: number, size: number) => {
        this.logLines.push({ level, text: this.#text(start, size) });
      },
      call_backend: (...at: number[]) => this.#callBackend(at),
    };
  }

  #callBackend([tool = 0, toolSize = 0, args = 0, argsSize = 0, out = 0, outBytes = 0]: number[]): number {
    const call = { tool: this.#text(tool, toolSize), args: this.#text(args, argsSize), outBytes };
    this.backendCalls.push(call);
    const answer = this.#backend.get(call.tool) ?? NOT_FOUND;
    if (typeof answer === 'number') return answer;
    const bytes = new TextEncoder().encode(answer);
    if (bytes.byteLength > outBytes) {
      new DataView(this.memory).setUint32(out, bytes.byteLength, true);
      return BUFFER_TOO_SMALL;
    }
    new Uint8Array(this.memory, out, outBytes).set(bytes);
    return bytes.byteLength;
  }

  #text(start: number, size: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(this.memory, start, size));
  }

  /** AssemblyScript's strings are UTF-16 with their size in bytes four bytes before them. */
  #assemblyScriptString(start: number): string {
    if (start === 0) return 'no message';
    const size = new DataView(this.memory).getUint32(start - 4, true);
    return new TextDecoder('utf-16le').decode(new Uint8Array(this.memory, start, size));
  }
}

function asText(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input);
}
