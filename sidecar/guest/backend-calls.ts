import { type GuestMemory, OutOfBounds } from './guest-memory.ts';
import type { BackendFailure } from './protocol.ts';

/** What a backend call came to: the result as JSON, or why there is none. */
export type BackendAnswer = Uint8Array | BackendFailure;

const bufferTooSmall = -2;

/** `call_backend` and `backend_error` for one instance. */
export class BackendCalls {
  readonly #memory: () => GuestMemory;
  readonly #ask: (tool: string, args: Uint8Array) => Promise<BackendAnswer>;
  /** A result that did not fit, kept for a repeat of the same call. */
  #kept: { tool: string; args: Uint8Array; result: Uint8Array } | undefined;
  #lastFailure: BackendFailure | undefined;

  constructor(memory: () => GuestMemory, ask: (tool: string, args: Uint8Array) => Promise<BackendAnswer>) {
    this.#memory = memory;
    this.#ask = ask;
  }

  /** At the start of each call into the guest: nothing of the one before is left. */
  reset(): void {
    this.#kept = undefined;
    this.#lastFailure = undefined;
  }

  async call(...[toolAt, toolBytes, argsAt, argsBytes, outAt, outBytes]: CallArguments): Promise<number> {
    const question = this.#read(() => {
      this.#memory().view(outAt, outBytes);
      const args = argsBytes === 0 ? Buffer.from('{}') : this.#memory().copy(argsAt, argsBytes);
      return { tool: decodeName(this.#memory().view(toolAt, toolBytes)), args: expectObject(args) };
    });
    if (question === undefined) {
      return this.#fail(invalidArgument);
    }
    const answer = this.#keptResult(question) ?? (await this.#ask(question.tool, question.args));
    if (!(answer instanceof Uint8Array)) return this.#fail(answer);
    return this.#deliver({ ...question, result: answer }, outAt, outBytes >>> 0);
  }

  error(outAt: number, outBytes: number): number {
    if (this.#lastFailure === undefined) return 0;
    const { code, name, message, retryable, retryAfterMs } = this.#lastFailure;
    const delay = retryAfterMs > 0 ? { retry_after_ms: retryAfterMs } : {};
    const text = Buffer.from(JSON.stringify({ code, name, message, retryable, ...delay }));
    return this.#read(() => this.#write(text, outAt, outBytes >>> 0)) ?? invalidArgument.code;
  }

  #deliver(
    call: { tool: string; args: Uint8Array; result: Uint8Array },
    outAt: number,
    outBytes: number,
  ): number {
    const written = this.#read(() => this.#write(call.result, outAt, outBytes));
    if (written === undefined) return this.#fail(invalidArgument);
    this.#kept = written === bufferTooSmall ? call : undefined;
    this.#lastFailure = written === bufferTooSmall ? tooSmall(call.result.length) : undefined;
    return written;
  }

  #write(bytes: Uint8Array, outAt: number, outBytes: number): number {
    if (bytes.length > outBytes) {
      if (outBytes >= 4) this.#memory().writeUint32(outAt, bytes.length);
      return bufferTooSmall;
    }
    this.#memory().view(outAt, bytes.length).set(bytes);
    return bytes.length;
  }

  #keptResult(question: { tool: string; args: Uint8Array }): Uint8Array | undefined {
    const kept = this.#kept;
    const isSame = kept?.tool === question.tool && Buffer.compare(kept.args, question.args) === 0;
    return isSame ? kept.result : undefined;
  }

  #fail(failure: BackendFailure): number {
    this.#lastFailure = failure;
    return failure.code;
  }

  /** What `read` makes of the guest's memory, or nothing when the guest's pointers, text or JSON are wrong. */
  #read<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (error instanceof OutOfBounds || error instanceof SyntaxError || error instanceof TypeError)
        return undefined;
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}

type CallArguments = [
  toolAt: number,
  toolBytes: number,
  argsAt: number,
  argsBytes: number,
  outAt: number,
  outBytes: number,
];

const invalidArgument: BackendFailure = {
  code: -3,
  name: 'INVALID_ARGUMENT',
  message:
    'call_backend needs pointers within memory, a UTF-8 tool name, and arguments that are a JSON object of at most 1 MiB and 256 levels',
  retryable: false,
  retryAfterMs: 0,
};

function tooSmall(bytes: number): BackendFailure {
  const message = `the result needs ${bytes} bytes; repeat the call with a buffer of that size`;
  return { code: bufferTooSmall, name: 'BUFFER_TOO_SMALL', message, retryable: true, retryAfterMs: 0 };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Longest tool name that any MCP server has reason to use, in bytes. */
const maxToolNameBytes = 1024;

function decodeName(bytes: Uint8Array): string {
  const name = strictUtf8.decode(bytes);
  if (name === '' || bytes.length > maxToolNameBytes || /\p{Cc}/u.test(name))
    throw new TypeError('not a tool name');
  return name;
}

/** Largest arguments, in bytes: a client of gRPC takes messages of 4 MiB by default, and one that is larger ends its stream. */
const maxArgumentsBytes = 1024 * 1024;
/** Deepest arguments, in levels: what the sidecar takes of a guard's other JSON. Whoever reads them may recurse. */
const maxArgumentsDepth = 256;

function expectObject(json: Uint8Array): Uint8Array {
  if (json.length > maxArgumentsBytes) throw new TypeError('too large');
  const value: unknown = JSON.parse(strictUtf8.decode(json));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('not an object');
  if (depthOf(json) > maxArgumentsDepth) throw new TypeError('too deep');
  return json;
}

/** How deep well-formed JSON is nested. */
function depthOf(json: Uint8Array): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (isText && byte === backslash) at++;
    else if (byte === quote) isText = !isText;
    else if (isText) continue;
    else if (byte === openObject || byte === openArray) deepest = Math.max(deepest, ++depth);
    else if (byte === closeObject || byte === closeArray) depth--;
  }
  return deepest;
}

const [quote, backslash] = [0x22, 0x5c];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What `call_backend` says where nothing can be asked: in a start section, or after the call was cancelled. */
export const internalFailure: BackendFailure = {
  code: -1,
  name: 'INTERNAL',
  message: 'the backend cannot be asked from here',
  retryable: false,
  retryAfterMs: 0,
};
