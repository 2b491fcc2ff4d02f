import { EventEmitter, once } from 'node:events';
import type { RpcMessage } from '../../../gateway/rpc/rpc-message.ts';
import type { TransportListener } from '../../../gateway/server-transport/server-transport.ts';

/** Notes all that a transport tells. */
export class Recorder implements TransportListener {
  readonly #events = new EventEmitter();
  readonly messages: { readonly message: RpcMessage; readonly relatedTo: string | undefined }[] = [];
  readonly faults: string[] = [];
  /** One for each time that the end was told: the words of its error. */
  readonly ends: (string | undefined)[] = [];

  get texts(): readonly string[] {
    return this.messages.map(({ message }) => message.text);
  }

  received(message: RpcMessage, relatedTo?: string): void {
    this.messages.push({ message, relatedTo });
    this.#events.emit('told');
  }

  fault(error: Error): void {
    this.faults.push(error.message);
    this.#events.emit('told');
  }

  ended(error?: Error): void {
    this.ends.push(error?.message);
    this.#events.emit('told');
  }

  /** Waits until it is true of what was told. */
  async until(isSo: (recorder: Recorder) => boolean): Promise<void> {
    while (!isSo(this)) await once(this.#events, 'told');
  }
}
