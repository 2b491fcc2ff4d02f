import { type ChannelCredentials, type ChannelOptions, connectivityState, credentials } from '@grpc/grpc-js';
import {
  LabelerServiceClient,
  LabelerServiceService,
  SessionRequest,
  SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { deserializer, serializer } from '../../proto/message-codec.ts';
import { GatewayError } from '../gateway-error.ts';
import { until } from '../until.ts';
import type { Labeler, LabelerStream, SidecarHealth } from './labeler.ts';
import { askHealth, type SidecarAnswer } from './sidecar-health.ts';

/** Largest message of the protocol: a guard's output and the items that it echoes. The sidecar's bound, too. */
const maxMessageBytes = 32 * 1024 * 1024;
/** HTTP/2 window in bytes: with the default of 64 KiB a megabyte takes three times as long. */
const http2WindowBytes = 4 * 1024 * 1024;

const serializeRequest = serializer(SessionRequest);
const deserializeResponse = deserializer(SessionResponse);

/** A wait of grpc-js cannot be cancelled, so that it outlives whoever waits by so long at most, in milliseconds. */
const waitMs = 1_000;

/** How a sidecar is reached, where it is not in plain text. */
export interface ChannelSecurity {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

const plainText: ChannelSecurity = { credentials: credentials.createInsecure(), options: {} };

/** The channel to one sidecar. */
export class LabelerClient implements Labeler {
  readonly address: string;
  readonly #client: LabelerServiceClient;
  #isClosed = false;

  constructor(address: string, security: ChannelSecurity = plainText) {
    this.address = address;
    this.#client = new LabelerServiceClient(address, security.credentials, {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': http2WindowBytes,
      // With the default back-off a sidecar that was restarted is found after a second; so after a fifth of one.
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 1_000,
      ...security.options,
    });
  }

  async stream(signal: AbortSignal): Promise<LabelerStream> {
    while (!(await until(this.#isReady(), signal))) {
      if (this.#isClosed) throw new GatewayError('GUARD_UNAVAILABLE', 'the gateway stops');
    }
    return this.open();
  }

  /** A new stream, whether the sidecar can be reached or not. */
  open(): LabelerStream {
    const { path } = LabelerServiceService.session;
    const stream = this.#client.makeBidiStreamRequest(path, serializeRequest, deserializeResponse);
    return { sidecar: this.address, stream };
  }

  /** Whether a connection is open; where none is, one is tried. */
  get isConnected(): boolean {
    return (
      !this.#isClosed && this.#client.getChannel().getConnectivityState(true) === connectivityState.READY
    );
  }

  hasOther(): boolean {
    return false;
  }

  /** Whether the sidecar answers now: one that hangs has its connection open, too. */
  async answers(): Promise<boolean> {
    return (await this.#isReady()) && (await this.health()).kind === 'serves';
  }

  /** What the sidecar says of itself. */
  health(): Promise<SidecarAnswer> {
    return askHealth(this.#client);
  }

  sidecars(): Readonly<Record<string, SidecarHealth>> {
    return {};
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
