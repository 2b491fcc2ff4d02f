import type { Writable } from 'node:stream';

const events = ['drain', 'close'] as const;

/** Waits until a stream takes more, or is gone. */
export async function drained(stream: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const event of events) stream.once(event, resolve);
  await promise;
  for (const event of events) stream.off(event, resolve);
}
