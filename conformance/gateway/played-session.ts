import { Metadata, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';
import {
  type Answer,
  type BackendResult,
  type Labels,
  Mode,
  type Open,
  type SessionRequest,
  type SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectThat } from '../check.ts';
import { type ReasonName, reasonCodes, reasonNumber } from '../reason-codes.ts';

/** Labels that hold nothing back, and vouch for nothing. */
export const publicLabels: Labels = { description: '', secrecy: [], integrity: [] };

/** The sidecar's side of one stream: it keeps what the gateway says, and sends what a scene wants. */
export class PlayedSession {
  readonly #stream: ServerDuplexStream<SessionRequest, SessionResponse>;
  readonly #results: BackendResult[] = [];
  readonly #cancelled = new Set<number>();
  #grown = Promise.withResolvers<void>();
  #hasEnded = false;
  /** What the gateway opened it with. */
  open: Open | undefined;

  constructor(stream: ServerDuplexStream<SessionRequest, SessionResponse>) {
    this.#stream = stream;
    for (const event of ['cancelled', 'end', 'error', 'close'])
      stream.on(event, () => {
        this.#hasEnded = true;
        this.#wake();
      });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  send(message: SessionResponse['message']): void {
    if (!this.#hasEnded) this.#stream.write({ message });
  }

  opened(agent: Labels = publicLabels, mode: Mode = Mode.MODE_FILTER): void {
    const value = { agent, mode, guardDigest: '0'.repeat(64), normalizedPolicy: new Uint8Array() };
    this.send({ $case: 'opened', value });
  }

  answer(id: number, labels: Answer['labels']): void {
    this.send({ $case: 'answer', value: { id, labels } });
  }

  /** Fails a question for a reason; or for a number that no reason has. */
  fail(id: number, reason: ReasonName | number, message = 'the conformance kit says so'): void {
    const isNumber = typeof reason === 'number';
    const code = isNumber ? status.UNKNOWN : reasonCodes[reason];
    const number = isNumber ? (reason as never) : reasonNumber(reason);
    this.send({ $case: 'failed', value: { id, code, reason: number, message } });
  }

  /** Sends a backend call and waits for its result; a Mismatch where the stream ends first. */
  async callBackend(
    id: number,
    call: number,
    { tool, args }: { tool: string; args: string },
  ): Promise<BackendResult> {
    const value = { id, call, tool, args: Buffer.from(args), traceparent: '' };
    this.send({ $case: 'backendCall', value });
    for (;;) {
      const at = this.#results.findIndex((result) => result.id === id && result.call === call);
      const [result] = at < 0 ? [] : this.#results.splice(at, 1);
      if (result !== undefined) return result;
      expectThat(!this.#hasEnded, `the gateway ended the stream instead of answering backend call ${call}`);
      await this.#grown.promise;
    }
  }

  /** Waits until the gateway has cancelled a question, or the stream. */
  async cancelled(id: number): Promise<void> {
    while (!this.#cancelled.has(id) && !this.#hasEnded) await this.#grown.promise;
  }

  received({ message }: SessionRequest): void {
    if (message?.$case === 'backendResult') this.#results.push(message.value);
    if (message?.$case === 'cancel') this.#cancelled.add(message.value.id);
    this.#wake();
  }

  /** Ends the stream with status OK. */
  end(): void {
    this.#hasEnded = true;
    this.#stream.end();
  }

  /** Ends the stream for a reason. */
  endFor(reason: ReasonName): void {
    const code = reasonCodes[reason];
    const message = 'the conformance kit says so';
    const info = ErrorInfo.encode({ reason, domain: 'sluice.dev', metadata: {} }).finish();
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: info }];
    const metadata = new Metadata();
    const bytes = Buffer.from(Status.encode({ code, message, details }).finish());
    metadata.set('grpc-status-details-bin', bytes);
    this.#endWith({ code, message, metadata });
  }

  /** Ends the stream as a connection that broke does. */
  break(): void {
    this.#endWith({ code: status.UNAVAILABLE, message: 'gone', metadata: new Metadata() });
  }

  #endWith(error: { code: status; message: string; metadata: Metadata }): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stream.emit('error', error);
  }

  #wake(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }
}
