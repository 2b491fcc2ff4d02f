import type { RpcMessage } from '../rpc/rpc-message.ts';
import { endsOnce } from './ends-once.ts';
import type { RestartPause, ServerStart } from './restart-pause.ts';
import type { MakeTransport, ServerTransport, TransportListener } from './server-transport.ts';

/** Told of each end that nobody asked for; `pauseMs` is how long the next start waits. */
export type NoteEnd = (error: Error, pauseMs: number) => void;

/** A transport to a program that is not started in a loop when it ends right after its start. */
export class PacedTransport implements ServerTransport {
  readonly #pause: RestartPause;
  readonly #listener: TransportListener;
  readonly #noteEnd: NoteEnd;
  readonly #program: ServerTransport;
  #start: ServerStart | undefined;

  constructor(
    { makeProgram, pause }: { readonly makeProgram: MakeTransport; readonly pause: RestartPause },
    listener: TransportListener,
    noteEnd: NoteEnd,
  ) {
    this.#pause = pause;
    this.#listener = endsOnce(listener);
    this.#noteEnd = noteEnd;
    this.#program = makeProgram({
      received: (message, relatedTo) => {
        if (message.kind === 'result') this.#start?.answered();
        this.#listener.received(message, relatedTo);
      },
      fault: (error) => this.#listener.fault(error),
      ended: (error) => this.#ended(error),
    });
  }

  async start(): Promise<void> {
    // Who made it learns of no end before it has it in hand.
    await Promise.resolve();
    try {
      this.#start = this.#pause.begin();
      await this.#program.start();
    } catch (error) {
      // One that was closed before its start comes to no end of its own.
      this.#start?.ended(undefined);
      this.#listener.ended(error instanceof Error ? error : undefined);
      throw error;
    }
  }

  send(message: RpcMessage, signal: AbortSignal): Promise<void> {
    return this.#program.send(message, signal);
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  #ended(error: Error | undefined): void {
    const pauseMs = this.#start?.ended(error) ?? 0;
    this.#start = undefined;
    if (error !== undefined) this.#noteEnd(error, pauseMs);
    this.#listener.ended(error);
  }
}
