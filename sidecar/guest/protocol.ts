/**
 * What a guard process and its sidecar say to each other, over two inherited sockets.
 *
 * The guard process takes one request after the other. It runs the guest until that returns, fails or has to wait, and ends
 * the turn with exactly one reply; the next request may be there already. Log lines may come before the reply. Nothing in a
 * guard process ever runs outside of a turn, so the sidecar always knows whose time is being burnt.
 *
 * A frame is: bytes that follow (u32 LE), bytes of the header (u32 LE), header (JSON, UTF-8), payload (raw bytes).
 */

/** The file descriptor of the socket in the guard process. */
export const channelDescriptor = 3;
/** The file descriptor of the socket on which the rest of long requests comes. */
export const restDescriptor = 4;

/**
 * Bytes of a request that come on the first socket. What is longer comes on the second one: a socket takes some 146 KB ahead
 * (Linux's default buffer), and a guard process would wait for the last bytes of a page of 100 items.
 */
export const firstSocketBytes = 128 * 1024;

/** Bytes of the two lengths at the start of each frame. */
export const frameStartBytes = 8;

/** Pieces of a payload of up to so many bytes are copied behind their header, to be written at once. */
const copiedBytes = 16 * 1024;

/** Raw bytes, in one piece or in several that belong together: what is put around a megabyte need not copy it. */
export type Payload = Uint8Array | readonly Uint8Array[];

/** The bytes of a payload. */
export function payloadBytes(payload: Payload): number {
  return piecesOf(payload).reduce((sum, piece) => sum + piece.length, 0);
}

/** Its pieces, in order. */
export function piecesOf(payload: Payload): readonly Uint8Array[] {
  return payload instanceof Uint8Array ? [payload] : payload;
}

/** A frame as the pieces to write, in order: one, or more where copying a large payload would cost more than it saves. */
export function frame(message: Request | Reply | LogLine, payload: Payload): readonly Uint8Array[] {
  const header = JSON.stringify(message);
  const headerBytes = Buffer.byteLength(header);
  const pieces = piecesOf(payload);
  const large = pieces.findIndex((piece) => piece.length > copiedBytes);
  const copied = large < 0 ? pieces : pieces.slice(0, large);
  const first = Buffer.allocUnsafe(frameStartBytes + headerBytes + payloadBytes(copied));
  first.writeUInt32LE(4 + headerBytes + payloadBytes(pieces), 0);
  first.writeUInt32LE(headerBytes, 4);
  first.write(header, frameStartBytes);
  let at = frameStartBytes + headerBytes;
  for (const piece of copied) {
    first.set(piece, at);
    at += piece.length;
  }
  return [first, ...pieces.slice(copied.length)];
}

/** What of a frame goes by the first socket, and what by the second. */
export function dividedFrame(frame: readonly Uint8Array[]): [first: Uint8Array[], second: Uint8Array[]] {
  const [first, second]: [Uint8Array[], Uint8Array[]] = [[], []];
  let room = firstSocketBytes;
  for (const piece of frame) {
    if (room > 0) first.push(piece.subarray(0, room));
    if (piece.length > room) second.push(piece.subarray(room));
    room = Math.max(room - piece.length, 0);
  }
  return [first, second];
}

/** The exports that label. */
export type LabelExport = 'label_agent' | 'label_resource' | 'label_response';

/** What a failed backend call looks like to the guest: the ABI's number and what `backend_error` tells. */
export interface BackendFailure {
  readonly code: number;
  readonly name: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number;
}

/** What a guard process holds its guests to itself; the rest is watched by its sidecar. */
export interface GuestLimits {
  readonly memoryPages: number;
  readonly tableEntries: number;
  readonly outputMiB: number;
  readonly logLines: number;
}

/** From the sidecar. */
export type Request =
  /** Payload: the module. Sets the engine's limits, and compiles. */
  | ({ readonly op: 'load' } & GuestLimits)
  /** Instantiates once, to see that the module links and starts. */
  | { readonly op: 'try' }
  /** Payload: the input. An instance that does not exist yet is made first. */
  | { readonly op: 'call'; readonly instance: number; readonly export: LabelExport }
  /** Payload: the backend's result, when there is no `failure`. Goes on with a guest that waits. */
  | { readonly op: 'resume'; readonly instance: number; readonly failure: BackendFailure | null }
  /** Ends instances. One that waits is unwound first. */
  | { readonly op: 'drop'; readonly instances: readonly number[] };

/** How a turn ends, and the state of the process then. */
export type Reply = Outcome & ProcessState;

/** What a guard process counts. */
export interface ProcessState {
  /** CPU time since it started (all threads), in milliseconds. */
  readonly totalCpuMs: number;
  /** Instances that it holds. */
  readonly instances: number;
}

/** How a turn ends. */
export type Outcome =
  | { readonly kind: 'loaded' }
  /** The module does not compile, link or start. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Payload: the guest's output. A worn instance has used up so much of its memory that it should not be asked again. */
  | { readonly kind: 'returned'; readonly isWorn: boolean }
  /** The guest waits for a backend call. Payload: the arguments, a JSON object. */
  | { readonly kind: 'backend_call'; readonly tool: string }
  /** The guest sleeps. */
  | { readonly kind: 'sleep'; readonly milliseconds: number }
  /** The instance is gone. */
  | { readonly kind: 'failed'; readonly code: GuestFailureCode; readonly message: string }
  | { readonly kind: 'dropped' };

/** A line that the guest wrote; comes before the reply of the same turn. Payload: the text. */
export interface LogLine {
  readonly kind: 'log';
  readonly level: LogLevel;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** How a guest fails by its own doing. */
export type GuestFailureCode = 'GUARD_TRAPPED' | 'GUARD_ERROR' | 'OUTPUT_LIMIT';
