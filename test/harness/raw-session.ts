import type { Client, ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import { LabelerServiceService, SessionResponse } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { StreamError } from './guard-stream.ts';

/** How a stream ended: the gRPC code, 0 for OK, and the reason from its ErrorInfo, empty where there was none. */
export interface StreamEnd {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** One stream of the labeling protocol whose client sends whatever bytes it likes as messages. */
export class RawSession {
  readonly #stream: ClientDuplexStream<Uint8Array, SessionResponse>;
  readonly #ended = Promise.withResolvers<StreamEnd>();
  #status: StreamEnd | undefined;
  #end: StreamEnd | undefined;
  #isHalfClosed = false;

  constructor(client: Client, receive: (response: SessionResponse) => void) {
    this.#stream = client.makeBidiStreamRequest(
      LabelerServiceService.session.path,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => SessionResponse.decode(bytes),
    );
    this.#stream.on('data', receive);
    this.#stream.on('status', (end: StatusObject) => {
      const { code, reason, message } = new StreamError(Object.assign(new Error(end.details), end));
      this.#status = { code, reason, message };
      // A message that could not be written has destroyed the client's end before.
      if (this.#stream.destroyed) this.#finish();
    });
    // The status comes first, and messages that came before it may still be unread then.
    this.#stream.on('end', () => this.#finish());
    this.#stream.on('close', () => this.#finish());
    // A status that is no OK, told already; or the client's own complaint about a message after a cancel.
    this.#stream.on('error', () => undefined);
  }

  /** Settles when the stream has ended, however it did. */
  get ended(): Promise<StreamEnd> {
    return this.#ended.promise;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  get isHalfClosed(): boolean {
    return this.#isHalfClosed;
  }

  /** Sends one message, unless the stream takes none any more. */
  send(bytes: Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(bytes);
  }

  halfClose(): void {
    this.#isHalfClosed = true;
    this.#stream.end();
  }

  /** Ends the stream as a client that goes away. */
  cancel(): void {
    this.#stream.cancel();
  }

  #finish(): void {
    this.#end ??= this.#status;
    if (this.#end !== undefined) this.#ended.resolve(this.#end);
  }
}
