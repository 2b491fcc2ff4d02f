import { chmod } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { http2WindowBytes, maxMessageBytes } from '../limits.ts';
import type { Log } from '../log.ts';
import { removeStaleSocket, tcpAddress } from './listen-address.ts';
import type { TlsIdentity } from './tls-files.ts';
import { TlsFront } from './tls-front.ts';

/**
 * Who may connect to a Unix socket, which needs permission to write to it: the sidecar's own user, or also its group, where
 * a gateway has a user of its own. The socket's folder says who gets as far as that.
 */
export const socketModes = { own: 0o600, group: 0o660 } as const;

/** What is not the same for each listener. */
export interface ListenerOptions {
  readonly socketMode?: number;
  /** The largest message that it takes. */
  readonly maxRequestBytes?: number;
}

/** A gRPC server on one address. */
export class GrpcListener {
  readonly server: Server;
  readonly #socketMode: number;
  #tls: TlsFront | undefined;

  constructor({ socketMode = socketModes.own, maxRequestBytes = maxMessageBytes }: ListenerOptions = {}) {
    this.server = new Server({
      'grpc.max_receive_message_length': maxRequestBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': http2WindowBytes,
    });
    this.#socketMode = socketMode;
  }

  /** Binds `unix:/path` or `host:port`, in plain text; the address with the port that was bound. */
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

  /** Binds `host:port` for those who show a certificate; the address with the port that was bound. */
  async listenWithTls(address: string, identity: TlsIdentity, log: Log): Promise<string> {
    this.#tls = new TlsFront(this.server, identity, log);
    const port = await this.#tls.listen(tcpAddress(address));
    return address.replace(/\d+$/, String(port));
  }

  /** Another certificate or authority, from the next connection on. */
  renew(identity: TlsIdentity): void {
    this.#tls?.renew(identity);
  }

  /** Cuts every connection, but lets what was just written leave. */
  async stop(): Promise<void> {
    this.#tls?.stop();
    await delay(lastWordsMs);
    this.server.forceShutdown();
  }
}

/** The status of a stream that was ended needs some turns of the event loop to leave, in milliseconds. */
const lastWordsMs = 20;
