import { discardBody, hasType } from './http-exchange.ts';
import { isPassing, readEvents, type StreamParts, takeEvent } from './read-events.ts';
import { ReconnectPause } from './reconnect-pause.ts';
import { SseReader } from './sse-reader.ts';

/**
 * Follows the stream on which a server says things of its own accord, and opens it again whenever it ends, until
 * nothing is to be opened any more. Not every server has one: a refusal ends it, and nothing else.
 */
export async function followServer(parts: StreamParts): Promise<void> {
  const { ending } = parts;
  const reader = new SseReader();
  const pause = new ReconnectPause();
  while (!ending.aborted) {
    try {
      const response = await parts.open(reader.lastEventId, ending);
      if (!hasType(response, 'text/event-stream')) return discardBody(response);
      const broken = await readEvents(response, reader, (event) => {
        pause.reset();
        takeEvent(event, parts);
      });
      if (broken !== undefined && !ending.aborted) parts.fault(broken);
    } catch (error) {
      if (ending.aborted) return;
      if (error instanceof Error) parts.fault(error);
      if (!isPassing(error)) return;
    }
    await pause.wait(reader.retryMs, ending).catch(() => undefined);
  }
}
