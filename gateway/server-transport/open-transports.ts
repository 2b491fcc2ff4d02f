import { passOn } from './pass-on.ts';
import type { MakeTransport, ServerTransport } from './server-transport.ts';

/**
 * All transports that hold something: whoever ends the gateway waits here until every process and every container is gone,
 * also those whose connections were given up before.
 */
export class OpenTransports implements AsyncDisposable {
  readonly #open = new Set<ServerTransport>();

  /** Makes the same transports, which are known here until they have let go of everything. */
  tracked(makeTransport: MakeTransport): MakeTransport {
    return (listener) => {
      const ended = (error?: Error) => {
        void transport.close().finally(() => this.#open.delete(transport));
        listener.ended(error);
      };
      const transport = makeTransport(passOn(listener, { ended }));
      this.#open.add(transport);
      return transport;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((transport) => transport.close()));
  }
}
