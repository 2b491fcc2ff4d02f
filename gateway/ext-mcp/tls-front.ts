import { once } from 'node:events';
import { createServer, type Server as TlsServer } from 'node:tls';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { TcpAddress } from '../config/address.ts';
import type { MutualTls } from '../config/ext-mcp-config.ts';
import type { Log } from '../log.ts';
import { handshakeTimeoutMs, maxConnections, refusalLogMs } from './ext-mcp-limits.ts';

/**
 * Mutual TLS in front of a gRPC server: who shows no certificate of the authority gets no further than the handshake. The
 * server of grpc-js would do it, too, but tells nobody whom it refused, and takes any version of TLS.
 */
export class TlsFront {
  readonly #server: TlsServer;
  #saidAtMs = Number.NEGATIVE_INFINITY;

  constructor(grpc: Server, { certificate, privateKey, clientAuthority }: MutualTls, log: Log) {
    const behind = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#server = createServer({
      cert: certificate,
      key: privateKey,
      ca: clientAuthority,
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.maxConnections = maxConnections;
    this.#server.on('secureConnection', (socket) => {
      // What goes wrong on it later shows on its calls.
      socket.on('error', () => undefined);
      behind.injectConnection(socket);
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, { authorizationError }) =>
      this.#noteRefusal(String(authorizationError ?? error.code ?? 'unknown reason'), log),
    );
  }

  /** Binds the address; the port that it got. */
  async listen({ host, port }: TcpAddress): Promise<number> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  /** Takes no more connections; those that are open are for the gRPC server to end. */
  stop(): void {
    this.#server.close();
  }

  #noteRefusal(error: string, log: Log): void {
    const nowMs = performance.now();
    if (nowMs - this.#saidAtMs < refusalLogMs) return;
    this.#saidAtMs = nowMs;
    log.write('warn', 'a connection for guardrails was refused: its TLS handshake failed', { error });
  }
}
