import type { IncomingMessage } from 'node:http';
import { saidOf } from '../said-of.ts';
import { wordsOf } from '../words-of.ts';
import { expectStream, isPassing, readEvents, type StreamParts, takeEvent } from './read-events.ts';
import { ReconnectPause } from './reconnect-pause.ts';
import { SseReader } from './sse-reader.ts';
import { TransportError } from './transport-error.ts';

/** How often it is tried to open a stream again: with pauses that grow from 100 ms, three seconds in all. */
const maxAttempts = 5;

/** A server should end a stream after its answer; one that does not within this time has it cut. */
const lingerMs = 1_000;

/**
 * Reads the stream that answers a request until the answer was there, over as many connections as it takes: a server may
 * close one on purpose, and have the rest asked for. Where the events have no ids a stream cannot be resumed, and its
 * end is the end of the request.
 * @throws TransportError BROKEN or TOO_LARGE; or the reason of `signal`.
 */
export async function readAnswer(
  first: IncomingMessage,
  parts: StreamParts,
  signal: AbortSignal,
): Promise<void> {
  const reader = new SseReader();
  const pause = new ReconnectPause();
  for (let response = first; ; response = await resume({ parts, reader, pause }, signal)) {
    const lingering = new Lingering(response);
    let isAnswered = false;
    const broken = await readEvents(response, reader, (event) => {
      pause.reset();
      if (!takeEvent(event, parts)) return;
      isAnswered = true;
      lingering.begin();
    });
    lingering.end();
    if (isAnswered) return;
    signal.throwIfAborted();
    if (reader.lastEventId === undefined)
      throw broken ?? new TransportError('BROKEN', 'the stream ended before the answer came');
    if (broken === undefined) parts.paused?.();
  }
}

interface Broken {
  readonly parts: StreamParts;
  readonly reader: SseReader;
  readonly pause: ReconnectPause;
}

async function resume({ parts, reader, pause }: Broken, signal: AbortSignal): Promise<IncomingMessage> {
  const ending = AbortSignal.any([signal, parts.ending]);
  for (;;) {
    await pause.wait(reader.retryMs, ending);
    try {
      return expectStream(await parts.open(reader.lastEventId, ending));
    } catch (cause) {
      ending.throwIfAborted();
      if (isPassing(cause) && pause.failures < maxAttempts) continue;
      const broken = (words: string) => `the stream broke and cannot be resumed: ${words}`;
      const summary = broken(saidOf(cause).words);
      throw new TransportError('BROKEN', broken(wordsOf(cause)), { cause, summary });
    }
  }
}

/** The time between the answer and the end of its stream. */
class Lingering {
  readonly #response: IncomingMessage;
  #timer: NodeJS.Timeout | undefined;

  constructor(response: IncomingMessage) {
    this.#response = response;
  }

  begin(): void {
    this.#timer ??= setTimeout(() => this.#response.destroy(), lingerMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
