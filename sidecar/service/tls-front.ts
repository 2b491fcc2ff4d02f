import { once } from 'node:events';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { handshakeTimeoutMs, maxTlsConnections, refusalLogMs } from '../limits.ts';
import type { Log } from '../log.ts';
import type { HostAndPort } from './listen-address.ts';
import type { TlsIdentity } from './tls-files.ts';

/**
 * Mutual TLS in front of a gRPC server: who shows no certificate of the authority gets no further than the handshake. The
 * server of grpc-js would do it, too, but tells nobody whom it refused, and takes any version of TLS.
 */
export class TlsFront {
  readonly #server: TlsServer;
  readonly #log: Log;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  /** Refused since the last line about it. */
  #unsaid = 0;

  constructor(grpc: Server, identity: TlsIdentity, log: Log) {
    this.#log = log;
    const behind = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#server = createServer({
      ...contextOf(identity),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.maxConnections = maxTlsConnections;
    this.#server.on('secureConnection', (socket) => {
      // What goes wrong on it later shows on its streams.
      socket.on('error', () => undefined);
      behind.injectConnection(socket);
    });
    this.#server.on('tlsClientError', (error, socket) => this.#refused(error, socket));
  }

  /** Binds the address; the port that it got. */
  async listen({ host, port }: HostAndPort): Promise<number> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    // Such as too many open files: it goes on with the next connection, and must not end the process.
    this.#server.on('error', ({ message }) =>
      this.#log.write('error', `a connection could not be taken: ${message}`),
    );
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  /** From the next connection on. Those that are open stay as they are. */
  renew(identity: TlsIdentity): void {
    this.#server.setSecureContext(contextOf(identity));
  }

  /** Takes no more connections; those that are open are for the gRPC server to end. */
  stop(): void {
    this.#server.close();
  }

  #refused(error: NodeJS.ErrnoException, { authorizationError, remoteAddress = 'a peer' }: TLSSocket): void {
    const now = performance.now();
    if (now - this.#saidAtMs < refusalLogMs) {
      this.#unsaid++;
      return;
    }
    const why = whyRefused(String(authorizationError ?? error.code ?? error.message));
    const others = this.#unsaid === 0 ? {} : { othersRefused: this.#unsaid };
    this.#log.write('warn', `a connection was refused: ${why}`, { peer: remoteAddress, ...others });
    [this.#saidAtMs, this.#unsaid] = [now, 0];
  }
}

function contextOf(identity: TlsIdentity) {
  return { ...identity, minVersion: 'TLSv1.3' } as const;
}

const foreign = 'its certificate is not of the authority in --tls-client-ca';

const sentences: Readonly<Record<string, string>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    'it showed no certificate: give the gateway one (gateway.sidecar.tls)',
  CERT_HAS_EXPIRED: 'its certificate has expired: issue a new one',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at the clocks of both machines',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: foreign,
  UNABLE_TO_GET_ISSUER_CERT: foreign,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: foreign,
  DEPTH_ZERO_SELF_SIGNED_CERT: foreign,
  SELF_SIGNED_CERT_IN_CHAIN: foreign,
  CERT_SIGNATURE_FAILURE: foreign,
  INVALID_PURPOSE: 'its certificate is not for clients (extended key usage clientAuth)',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not speak TLS 1.3',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: configure gateway.sidecar.tls',
  ERR_SSL_HTTP_REQUEST: 'it does not speak TLS: configure gateway.sidecar.tls',
  ECONNRESET: 'it went away during the handshake: its own log says why',
};

function whyRefused(code: string): string {
  return sentences[code] ?? `the handshake failed (${code})`;
}
