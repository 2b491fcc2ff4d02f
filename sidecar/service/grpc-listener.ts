import { setTimeout as delay } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { http2WindowBytes, maxMessageBytes } from '../limits.ts';
import { removeStaleSocket } from './listen-address.ts';

/** A gRPC server on one address. */
export class GrpcListener {
  readonly server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc-node.flow_control_window': http2WindowBytes,
  });

  /** Binds `unix:/path` or `host:port`; the address with the port that was bound. */
  async listen(address: string): Promise<string> {
    await removeStaleSocket(address);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
    const port = await promise;
    return address.startsWith('unix:') ? address : address.replace(/\d+$/, String(port));
  }

  /** Cuts every connection, but lets what was just written leave. */
  async stop(): Promise<void> {
    await delay(lastWordsMs);
    this.server.forceShutdown();
  }
}

/** The status of a stream that was ended needs some turns of the event loop to leave, in milliseconds. */
const lastWordsMs = 20;
