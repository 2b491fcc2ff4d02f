import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../proto/gen/sluice/labeler/v1/labeler.ts';
import { GatewayError } from './gateway-error.ts';
import { until } from './until.ts';

/** Largest message of the protocol: a guard's output and the items that it echoes. The sidecar's bound, too. */
const maxMessageBytes = 32 * 1024 * 1024;
/** HTTP/2 window in bytes: with the default of 64 KiB a megabyte takes three times as long. */
const http2WindowBytes = 4 * 1024 * 1024;

/** The channel to a sidecar. */
export class LabelerClient implements Disposable {
  readonly #address: string;
  readonly #client: LabelerServiceClient;

  constructor(address: string) {
    this.#address = address;
    this.#client = new LabelerServiceClient(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': http2WindowBytes,
      // With the default back-off a sidecar that was restarted is found after a second; so after a fifth of one.
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 1_000,
    });
  }

  /**
   * A new stream, once the sidecar can be reached. Throws GUARD_UNAVAILABLE when it cannot be reached until `deadlineMs`
   * (since the epoch), and the signal's reason when that comes first.
   */
  async stream(
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ReturnType<LabelerServiceClient['session']>> {
    await until(this.#ready(deadlineMs), signal);
    return this.#client.session();
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #ready(deadlineMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#client.waitForReady(deadlineMs, (error) =>
      error === undefined ? resolve() : reject(this.#away(error)),
    );
    return promise;
  }

  #away(cause: Error): GatewayError {
    return new GatewayError('GUARD_UNAVAILABLE', `the sidecar at ${this.#address} cannot be reached`, {
      cause,
    });
  }
}
