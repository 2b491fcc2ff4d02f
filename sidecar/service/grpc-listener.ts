import { chmod } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { http2WindowBytes, maxMessageBytes } from '../limits.ts';
import { removeStaleSocket } from './listen-address.ts';

/**
 * Who may connect to a Unix socket, which needs permission to write to it: the sidecar's own user, or also its group, where
 * a gateway has a user of its own. The socket's folder says who gets as far as that.
 */
export const socketModes = { own: 0o600, group: 0o660 } as const;

/** A gRPC server on one address. */
export class GrpcListener {
  readonly server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc-node.flow_control_window': http2WindowBytes,
  });

  readonly #socketMode: number;

  constructor(socketMode: number = socketModes.own) {
    this.#socketMode = socketMode;
  }

  /** Binds `unix:/path` or `host:port`; the address with the port that was bound. */
  async listen(address: string): Promise<string> {
    await removeStaleSocket(address);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
    const port = await promise;
    if (!address.startsWith('unix:')) return address.replace(/\d+$/, String(port));
    await chmod(address.slice('unix:'.length), this.#socketMode);
    return address;
  }

  /** Cuts every connection, but lets what was just written leave. */
  async stop(): Promise<void> {
    await delay(lastWordsMs);
    this.server.forceShutdown();
  }
}

/** The status of a stream that was ended needs some turns of the event loop to leave, in milliseconds. */
const lastWordsMs = 20;
