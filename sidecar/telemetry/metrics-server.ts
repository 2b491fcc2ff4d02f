import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ScrapeSettings } from './telemetry-settings.ts';

/** Writes the metrics, in Prometheus' format. */
export type WriteMetrics = (request: IncomingMessage, response: ServerResponse) => void;

/** Scrapers at the same time: one is usual. */
const maxConnections = 16;

/** In which a request must have arrived, in milliseconds: it has no body. */
const requestMs = 5_000;

/** Serves `/metrics` over HTTP, and nothing else. */
export class MetricsServer implements AsyncDisposable {
  readonly #server: Server;

  constructor(writeMetrics: WriteMetrics) {
    const limits = { requestTimeout: requestMs, headersTimeout: requestMs };
    this.#server = createServer(limits, (request, response) => {
      const [path] = (request.url ?? '').split('?');
      if (path !== '/metrics') response.writeHead(404).end();
      else if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end();
      else writeMetrics(request, response);
    });
    this.#server.maxConnections = maxConnections;
  }

  /** Where it listens, `host:port`. Throws one sentence. */
  async listen({ host, port }: ScrapeSettings): Promise<string> {
    try {
      this.#server.listen({ host, port });
      await once(this.#server, 'listening');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
      throw new Error(
        `metrics cannot be served on ${host}:${port} (${code}): set OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT to an address that is free`,
      );
    }
    // A connection that cannot be accepted is no reason to stop labeling.
    this.#server.on('error', () => undefined);
    const address = this.#server.address();
    return `${host}:${typeof address === 'object' && address !== null ? address.port : port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
