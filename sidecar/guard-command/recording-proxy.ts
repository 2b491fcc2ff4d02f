import {
  Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  credentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { LabelerServiceService } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { http2WindowBytes, maxMessageBytes } from '../limits.ts';
import { GrpcListener, socketModes } from '../service/grpc-listener.ts';

/** Who looks on while a session is relayed: messages as they were sent. */
export interface SessionWatcher {
  readonly request: (message: Buffer) => void;
  readonly response: (message: Buffer) => void;
  readonly ended: () => void;
}

const healthMethod = '/grpc.health.v1.Health/Check';
const asIs = (message: Buffer) => message;

type Incoming = ServerDuplexStream<Buffer, Buffer>;
type Outgoing = ClientDuplexStream<Buffer, Buffer>;

/**
 * Stands between gateways and a sidecar: relays guard sessions, and the question whether the sidecar is well, byte for
 * byte. Each session has one of its own behind it, and ends as that ends.
 */
export class RecordingProxy implements AsyncDisposable {
  /** As the sidecar's own: gateways may have a user of theirs. */
  readonly #listener = new GrpcListener({ socketMode: socketModes.group });
  readonly #sidecar: Client;
  readonly #watch: () => SessionWatcher;

  /** `watch` is called for each session. */
  constructor(sidecar: string, watch: () => SessionWatcher) {
    this.#watch = watch;
    this.#sidecar = new Client(sidecar, credentials.createInsecure(), {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': http2WindowBytes,
    });
    const { server } = this.#listener;
    const session = (call: Incoming) => this.#relay(call);
    server.register(LabelerServiceService.session.path, session, asIs, asIs, 'bidi');
    const check = (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
      void this.#ask(call, answer);
    server.register(healthMethod, check, asIs, asIs, 'unary');
  }

  /** The address that it got. */
  listen(address: string): Promise<string> {
    return this.#listener.listen(address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener.stop();
    this.#sidecar.close();
  }

  #relay(incoming: Incoming): void {
    const { path } = LabelerServiceService.session;
    const outgoing = this.#sidecar.makeBidiStreamRequest(path, asIs, asIs, incoming.metadata);
    const watcher = this.#watch();
    incoming.on('data', (message: Buffer) => {
      watcher.request(message);
      passOn(message, { from: incoming, to: outgoing });
    });
    outgoing.on('data', (message: Buffer) => {
      watcher.response(message);
      passOn(message, { from: outgoing, to: incoming });
    });
    incoming.on('end', () => outgoing.end());
    incoming.on('cancelled', () => outgoing.cancel());
    incoming.on('error', () => outgoing.cancel());
    endAs(incoming, outgoing, watcher);
  }

  #ask(
    { request, metadata }: ServerUnaryCall<Buffer, Buffer>,
    answer: sendUnaryData<Buffer>,
  ): ClientUnaryCall {
    return this.#sidecar.makeUnaryRequest(healthMethod, asIs, asIs, request, metadata, (error, value) =>
      answer(error, value),
    );
  }
}

/** Who does not read is not read from either. */
function passOn(message: Buffer, { from, to }: { from: Incoming | Outgoing; to: Incoming | Outgoing }): void {
  if (to.write(message)) return;
  from.pause();
  to.once('drain', () => from.resume());
}

/** A session ends with the status of the one behind it, its details included. */
function endAs(incoming: Incoming, outgoing: Outgoing, watcher: SessionWatcher): void {
  let hasEnded = false;
  const end = (error?: ServiceError) => {
    if (hasEnded) return;
    hasEnded = true;
    watcher.ended();
    if (error === undefined) incoming.end();
    else incoming.emit('error', { code: error.code, message: error.details, metadata: error.metadata });
  };
  outgoing.on('error', end);
  outgoing.on('end', () => end());
}
