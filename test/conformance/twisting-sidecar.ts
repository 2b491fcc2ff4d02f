import { join } from 'node:path';
import {
  type ClientDuplexStream,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  LabelerServiceClient,
  LabelerServiceService,
  type SessionRequest,
  type SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

/** What is wrong with a stand-in. Nothing that is not named here is. */
export interface Twist {
  /** What the sidecar gets for what the client sent; undefined: it does not get it. */
  readonly request?: (request: SessionRequest) => SessionRequest | undefined;
  readonly response?: (response: SessionResponse) => SessionResponse | undefined;
  /** Whether the client's half-close is kept from the sidecar. */
  readonly losesHalfClose?: boolean;
  /** Whether statuses lose their details. */
  readonly losesDetails?: boolean;
  /** Whether a stream ends with its first failed question. */
  readonly endsWithFailure?: boolean;
}

type ClientSide = ServerDuplexStream<SessionRequest, SessionResponse>;
type SidecarSide = ClientDuplexStream<SessionRequest, SessionResponse>;

/** Stands in front of a real sidecar, and does one thing wrong. */
export class TwistingSidecar implements Disposable {
  readonly address: string;
  readonly #server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  readonly #client: LabelerServiceClient;

  private constructor(address: string, behind: string, twist: Twist) {
    this.address = address;
    this.#client = new LabelerServiceClient(behind, credentials.createInsecure());
    this.#server.addService(LabelerServiceService, {
      session: (client: ClientSide) => connect(client, this.#client.session(), twist),
    });
  }

  static async start(behind: string, twist: Twist): Promise<TwistingSidecar> {
    const sidecar = new TwistingSidecar(`unix:${join(await temporaryFolder(), 's.sock')}`, behind, twist);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const insecure = ServerCredentials.createInsecure();
    sidecar.#server.bindAsync(sidecar.address, insecure, (error) => (error ? reject(error) : resolve()));
    await promise;
    return sidecar;
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
    this.#client.close();
  }
}

const maxMessageBytes = 32 * 1024 * 1024;

function connect(client: ClientSide, sidecar: SidecarSide, twist: Twist): void {
  client.on('data', (request: SessionRequest) => {
    const passed = twist.request === undefined ? request : twist.request(request);
    if (passed !== undefined) sidecar.write(passed);
  });
  client.on('end', () => {
    if (twist.losesHalfClose !== true) sidecar.end();
  });
  client.on('cancelled', () => sidecar.cancel());
  client.on('error', () => sidecar.cancel());
  sidecar.on('data', (response: SessionResponse) => {
    const passed = twist.response === undefined ? response : twist.response(response);
    if (passed !== undefined) client.write(passed);
    if (twist.endsWithFailure === true && response.message?.$case === 'failed') client.end();
  });
  sidecar.on('end', () => client.end());
  sidecar.on('error', ({ code, details, metadata }: ServiceError) => {
    const kept = twist.losesDetails === true ? new Metadata() : metadata;
    client.emit('error', { code, message: details, metadata: kept });
  });
}
