import type { ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { GuestLines } from '../guard/guard-log.ts';
import {
  channelDescriptor,
  dividedFrame,
  frame,
  type LogLevel,
  type Payload,
  type Request,
  restDescriptor,
} from '../guest/protocol.ts';
import { maxFrameBytes, maxLogLineBytes } from '../limits.ts';
import { type Frame, FrameReader } from './frame-reader.ts';

/** Who takes what a guard process says. */
export interface GuestListener {
  readonly reply: (frame: Frame) => void;
  readonly lines: GuestLines;
  /** It sent something that is no reply: it is not what was started. */
  readonly nonsense: (cause: unknown) => void;
}

/** The sidecar's end of the sockets to a guard process, and of its standard output and error. */
export class GuestPipe {
  readonly #channel: Duplex;
  /** For the rest of long requests; nothing comes from there. */
  readonly #rest: Duplex;
  readonly #listener: GuestListener;
  /** Lines in this turn. */
  #written = 0;

  constructor(child: ChildProcess, listener: GuestListener) {
    this.#channel = socketOf(child, channelDescriptor);
    this.#rest = socketOf(child, restDescriptor);
    this.#listener = listener;
    const frames = new FrameReader(maxFrameBytes);
    this.#channel.on('data', (chunk: Buffer) => this.#receive(frames, chunk));
    this.#rest.on('data', () => listener.nonsense(new Error('a word on the socket that is for listening')));
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (chunk: Buffer) => this.#take('error', chunk));
    }
  }

  send(request: Request, payload: Payload = []): void {
    const [first, rest] = dividedFrame(frame(request, payload));
    writeAll(this.#channel, first);
    if (rest.length > 0) writeAll(this.#rest, rest);
  }

  close(): void {
    this.#endTurn();
    this.#channel.destroy();
    this.#rest.destroy();
  }

  #take(level: LogLevel, bytes: Uint8Array): void {
    this.#written++;
    this.#listener.lines.line(level, lineOf(bytes));
  }

  #endTurn(): void {
    if (this.#written > 0) this.#listener.lines.wrote(this.#written);
    this.#written = 0;
  }

  #receive(frames: FrameReader, chunk: Buffer): void {
    try {
      for (const each of frames.push(chunk)) {
        if (each.message.kind === 'log') this.#take(each.message.level, each.payload);
        else {
          this.#endTurn();
          this.#listener.reply(each);
        }
      }
    } catch (cause) {
      this.#listener.nonsense(cause);
    }
  }
}

/** There is none when the system has no more descriptors; the child's error event tells. */
function socketOf(child: ChildProcess, descriptor: number): Duplex {
  const socket = child.stdio?.[descriptor];
  // A broken pipe is followed by the exit, which tells why.
  return (socket instanceof Duplex ? socket : new Duplex().destroy()).on('error', () => undefined);
}

function writeAll(socket: Duplex, pieces: readonly Uint8Array[]): void {
  socket.cork();
  for (const piece of pieces) socket.write(piece);
  socket.uncork();
}

function lineOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8', 0, maxLogLineBytes);
}
