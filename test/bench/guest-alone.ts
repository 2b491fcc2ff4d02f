import type { LabelExport } from '../../sidecar/guest/protocol.ts';
import type { LabelingPath } from './labeling-path.ts';
import { backendAnswer } from './tracker-backend.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** The ABI's first output buffer: what a guard process gives, too. */
const outputBytes = 4 * 1024 * 1024;

/** The guard in this process by plain WebAssembly: what its own work costs, and no call can be cheaper. */
export class GuestAlone implements LabelingPath {
  readonly name = 'guest alone';
  readonly #exports: WebAssembly.Exports;
  /** How often it has asked its backend so far. */
  backendCalls = 0;

  constructor(bytes: Buffer<ArrayBuffer>, policy: Uint8Array) {
    const env = {
      host_log: () => undefined,
      call_backend: (...args: number[]) => this.#answerBackend(args[4] ?? 0),
      backend_error: () => 0,
      abort: trap,
    };
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env }).exports;
    this.#call('label_agent', policy);
  }

  /** The guest's output. */
  ask({ input }: TrackerQuestion): Uint8Array {
    return this.#call(input.export, input.input);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** The calling convention of the ABI page, without retries. */
  #call(name: LabelExport, bytes: Uint8Array): Uint8Array {
    const input = this.#invoke('alloc', bytes.length);
    const output = this.#invoke('alloc', outputBytes);
    new Uint8Array(this.#memory, input, bytes.length).set(bytes);
    new DataView(this.#memory).setUint32(output, 0, true);
    const written = this.#invoke(name, input, bytes.length, output, outputBytes);
    if (written <= 0) throw new Error(`${name} answered ${written}`);
    const answer = new Uint8Array(this.#memory, output, written).slice();
    this.#invoke('dealloc', input, bytes.length);
    this.#invoke('dealloc', output, outputBytes);
    return answer;
  }

  /** A backend that has its answer in hand. */
  #answerBackend(out: number): number {
    this.backendCalls++;
    new Uint8Array(this.#memory, out, backendAnswer.length).set(backendAnswer);
    return backendAnswer.length;
  }

  get #memory(): ArrayBuffer {
    const { memory } = this.#exports;
    if (memory instanceof WebAssembly.Memory) return memory.buffer;
    throw new Error('the guard exports no memory');
  }

  #invoke(name: string, ...args: number[]): number {
    const exported = this.#exports[name];
    if (typeof exported !== 'function') throw new Error(`the guard exports no function ${name}`);
    return Number(Reflect.apply(exported, undefined, args) ?? 0);
  }
}

function trap(): never {
  throw new Error('the guard aborted');
}
