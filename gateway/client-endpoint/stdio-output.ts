import type { Writable } from 'node:stream';
import { oneLine } from '../rpc/one-line.ts';
import { drained } from '../server-transport/drained.ts';
import { until } from '../until.ts';

/**
 * Bytes that wait for a client that does not read; with more the session ends, since nothing may be lost. As much as is
 * kept for all clients over HTTP that may come back.
 */
export const maxWaitingBytes = 256 * 1024 * 1024;

/** Messages for a client on one stream, one a line. */
export class StdioOutput {
  readonly #output: Writable;
  readonly #limitBytes: number;
  readonly #lost = Promise.withResolvers<string>();

  constructor(output: Writable, limitBytes = maxWaitingBytes) {
    this.#output = output;
    this.#limitBytes = limitBytes;
    output.on('error', (error) => this.#lost.resolve(`its output is closed: ${error.message}`));
    output.on('close', () => this.#lost.resolve('its output is closed'));
  }

  /** Settles when nothing reaches the client any more, with the reason as a part of a sentence. */
  get lost(): Promise<string> {
    return this.#lost.promise;
  }

  /** Whether more should wait until the client has read. */
  get isFull(): boolean {
    return this.#output.writableNeedDrain;
  }

  send(text: string): void {
    if (!this.#output.writable) return;
    this.#output.write(`${oneLine(text)}\n`);
    if (this.#output.writableLength > this.#limitBytes)
      this.#lost.resolve(`it has not read its last ${this.#limitBytes} bytes`);
  }

  /** Settles when the client has read so much that more may come, or is gone. */
  async room(): Promise<void> {
    if (this.isFull) await drained(this.#output);
  }

  /** Settles when all that was sent is with the client, with its end, or with `signal`. */
  async flushed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#output.writable) this.#output.write('', () => resolve());
    else resolve();
    await until(Promise.race([promise, this.#lost.promise]), signal).catch(() => undefined);
  }
}
