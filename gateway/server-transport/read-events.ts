import type { IncomingMessage } from 'node:http';
import { discardBody, hasType } from './http-exchange.ts';
import type { SseReader, StreamEvent } from './sse-reader.ts';
import { TransportError } from './transport-error.ts';

/** What reads a stream that may be opened again. */
export interface StreamParts {
  /** Opens the stream behind an event, or from now on. Throws a TransportError. */
  open(lastEventId: string | undefined, signal: AbortSignal): Promise<IncomingMessage>;
  /** Hands on what an event holds; whether it is what is waited for. Throws a TransportError for what is no message. */
  take(text: string): boolean;
  /** Aborts when nothing is to be opened any more. */
  readonly ending: AbortSignal;
  /** For the log. */
  fault(error: Error): void;
  /** The server has ended a stream on purpose, before what is waited for: it wants the rest to be asked for. */
  paused?(): void;
}

/**
 * Reads the events of a response until it ends; the error that it ended with, where it broke. Throws TOO_LARGE for an event
 * above the reader's limit.
 */
export function readEvents(
  response: IncomingMessage,
  reader: SseReader,
  take: (event: StreamEvent) => void,
): Promise<TransportError | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<TransportError | undefined>();
  reader.restart();
  response.on('data', (chunk: Buffer) => {
    try {
      for (const event of reader.read(chunk)) take(event);
    } catch (error) {
      reject(error);
      response.destroy();
    }
  });
  response.on('error', (cause) => {
    resolve(new TransportError('BROKEN', `the stream broke: ${cause.message}`, { cause }));
  });
  response.once('close', () => resolve(undefined));
  return promise;
}

/** `response`, if it is a stream of events. Throws a MALFORMED TransportError. */
export function expectStream(response: IncomingMessage): IncomingMessage {
  if (hasType(response, 'text/event-stream')) return response;
  discardBody(response);
  throw new TransportError('MALFORMED', 'the server answered with something that is no stream');
}

/** Hands on the message of an event; what is none is a fault, since the next event may be one. */
export function takeEvent({ type, data }: StreamEvent, { take, fault }: StreamParts): boolean {
  if (type !== 'message' || data === '') return false;
  try {
    return take(data);
  } catch (error) {
    if (error instanceof Error) fault(error);
    return false;
  }
}

/** Whether it may go better the next time. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false;
  const { code, status = 0 } = error;
  // 409: the server has not yet seen the end of the stream before.
  return code === 'UNREACHABLE' || code === 'BROKEN' || status === 409 || status === 429 || status >= 500;
}
