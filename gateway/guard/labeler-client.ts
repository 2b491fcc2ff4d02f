import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GatewayError } from '../gateway-error.ts';
import { until } from '../until.ts';

/** Largest message of the protocol: a guard's output and the items that it echoes. The sidecar's bound, too. */
const maxMessageBytes = 32 * 1024 * 1024;
/** HTTP/2 window in bytes: with the default of 64 KiB a megabyte takes three times as long. */
const http2WindowBytes = 4 * 1024 * 1024;

/** A wait of grpc-js cannot be cancelled, so that it outlives whoever waits by so long at most, in milliseconds. */
const waitMs = 1_000;

/** The overall health of a server, from grpc.health.v1: its request without a service is an empty message. */
const healthMethod = '/grpc.health.v1.Health/Check';

/** The channel to a sidecar. */
export class LabelerClient implements Disposable {
  readonly #client: LabelerServiceClient;
  #isClosed = false;

  constructor(address: string) {
    this.#client = new LabelerServiceClient(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': http2WindowBytes,
      // With the default back-off a sidecar that was restarted is found after a second; so after a fifth of one.
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 1_000,
    });
  }

  /** A new stream, once the sidecar can be reached. Throws the signal's reason when that comes first. */
  async stream(signal: AbortSignal): Promise<ReturnType<LabelerServiceClient['session']>> {
    while (!(await until(this.#isReady(), signal))) {
      if (this.#isClosed) throw new GatewayError('GUARD_UNAVAILABLE', 'the gateway stops');
    }
    return this.#client.session();
  }

  /** Whether the sidecar answers now: one that hangs has its connection open, too. */
  async answers(): Promise<boolean> {
    if (!(await this.#isReady())) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const toEmpty = () => Buffer.alloc(0);
    const asIs = (bytes: Buffer) => bytes;
    const deadline = Date.now() + waitMs;
    this.#client.makeUnaryRequest(healthMethod, toEmpty, asIs, undefined, { deadline }, (error) =>
      resolve(error === null),
    );
    return promise;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#client.close();
  }

  /** Whether the sidecar can be reached, now or a little later. */
  #isReady(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#client.waitForReady(Date.now() + waitMs, (error) => resolve(error === undefined));
    return promise;
  }
}
