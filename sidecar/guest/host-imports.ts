import { type BackendAnswer, BackendCalls, internalFailure } from './backend-calls.ts';
import { GuestFailure } from './guest-failure.ts';
import type { GuestLog } from './guest-log.ts';
import { GuestMemory, OutOfBounds } from './guest-memory.ts';
import { SuspendableImports } from './suspendable-imports.ts';
import { type Wasi, wasi } from './wasi.ts';

/** What a guest may wait for. */
export type GuestWait =
  | { readonly kind: 'backend_call'; readonly tool: string; readonly args: Uint8Array }
  | { readonly kind: 'sleep'; readonly milliseconds: number };

/** Lets a guest wait, where it can. */
export type WaitFor = (wait: GuestWait) => Promise<BackendAnswer>;

/** The functions that one instance may call, and what they keep between calls. */
export class HostImports {
  readonly #log: GuestLog;
  readonly #backendCalls: BackendCalls;
  readonly #wasi: Wasi;
  readonly #suspendable: SuspendableImports;
  #memory: GuestMemory | undefined;
  #waitFor: WaitFor | undefined;
  /** Sticky: once set, every host function throws, so that a guest that catches exceptions gets nowhere. */
  #ended: GuestFailure | undefined;

  constructor(log: GuestLog) {
    this.#log = log;
    const ask = (tool: string, args: Uint8Array) => this.#ask(tool, args);
    this.#backendCalls = new BackendCalls(() => this.#expectMemory(), ask);
    this.#wasi = this.#makeWasi();
    this.#suspendable = this.#makeSuspendable();
  }

  /** The instance has started, and its memory exists. */
  attach(memory: WebAssembly.Memory): GuestMemory {
    this.#suspendable.hasStarted();
    this.#memory = new GuestMemory(memory);
    return this.#memory;
  }

  beginCall(waitFor: WaitFor): void {
    this.#waitFor = waitFor;
    this.#backendCalls.reset();
  }

  endCall(): void {
    this.#waitFor = undefined;
    this.#wasi.flush();
    this.#log.endCall();
  }

  /** From here on no host function does anything for this instance. */
  end(failure: GuestFailure): GuestFailure {
    this.#ended ??= failure;
    return this.#ended;
  }

  get imports(): WebAssembly.Imports {
    const { callBackend, pollOneoff } = this.#suspendable;
    return {
      env: { ...this.#environment(), call_backend: callBackend },
      wasi_snapshot_preview1: { ...this.#wasi.functions, poll_oneoff: pollOneoff },
    };
  }

  #environment(): WebAssembly.ModuleImports {
    return {
      backend_error: (out: number, outBytes: number) => {
        this.#expectAlive();
        return this.#backendCalls.error(out, outBytes);
      },
      host_log: (level: number, text: number, textBytes: number) => {
        this.#expectAlive();
        this.#withinBounds(() => this.#log.hostLog(level, this.#expectMemory().view(text, textBytes)));
      },
      abort: (message: number, file: number, line: number, column: number) => {
        this.#expectAlive();
        this.#withinBounds(() => this.#logAbort({ message, file, line, column }));
        throw this.end(new GuestFailure('GUARD_TRAPPED', 'it aborted; its log says why'));
      },
    };
  }

  #makeSuspendable(): SuspendableImports {
    const callBackend = (...args: number[]) => {
      this.#expectAlive();
      const [tool = 0, toolBytes = 0, json = 0, jsonBytes = 0, out = 0, outBytes = 0] = args;
      return this.#backendCalls.call(tool, toolBytes, json, jsonBytes, out, outBytes);
    };
    const poll_oneoff = this.#wasi.pollOneoff;
    return new SuspendableImports(
      { call_backend: callBackend, poll_oneoff },
      { call_backend: () => internalFailure.code, poll_oneoff },
    );
  }

  #makeWasi(): Wasi {
    return wasi({
      memory: () => {
        this.#expectAlive();
        return this.#expectMemory().raw;
      },
      writeLine: (stream, line) => this.#log.line(stream === 'stdout' ? 'info' : 'warn', Buffer.from(line)),
      sleep: (milliseconds) => this.#waitFor?.({ kind: 'sleep', milliseconds }).then(() => undefined),
      exit: (code) => {
        throw this.end(new GuestFailure('GUARD_TRAPPED', `it exited with code ${code}`));
      },
    });
  }

  async #ask(tool: string, args: Uint8Array): Promise<BackendAnswer> {
    return (await this.#waitFor?.({ kind: 'backend_call', tool, args })) ?? internalFailure;
  }

  #logAbort(at: { message: number; file: number; line: number; column: number }): void {
    const memory = this.#expectMemory();
    const place = `${memory.readUtf16(at.file)}:${at.line}:${at.column}`;
    this.#log.line('error', Buffer.from(`abort: ${memory.readUtf16(at.message)} (${place})`));
  }

  #withinBounds(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof OutOfBounds)) throw error;
    }
  }

  #expectAlive(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  #expectMemory(): GuestMemory {
    if (this.#memory === undefined) throw new OutOfBounds('the instance is still starting');
    return this.#memory;
  }
}
