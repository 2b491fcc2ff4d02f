import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Door, identifyCaller } from '../http/caller.ts';
import { HttpError } from '../http/http-error.ts';

/** Writes the metrics, in Prometheus' format. */
export type WriteMetrics = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * `GET /metrics`, for operators and those that the operator names as scrapers. Not for every key: what others do, and how
 * much was withheld from them, would reach agents past their labels. Throws an HttpError for what is refused.
 */
export class MetricsRoute {
  readonly #door: Door;
  readonly #write: WriteMetrics | undefined;

  /** Without `write` there is nothing to be scraped. */
  constructor(door: Door, write: WriteMetrics | undefined) {
    this.#door = door;
    this.#write = write;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { principal } = identifyCaller(request, this.#door);
    const { operators, scrapers = [] } = this.#door;
    if (!operators.includes(principal) && !scrapers.includes(principal))
      throw new HttpError(
        403,
        'forbidden',
        'only operators and scrapers may read this: gateway.scrapers names them',
      );
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      throw new HttpError(405, 'method_not_allowed', 'use GET or HEAD here');
    }
    if (this.#write === undefined)
      throw new HttpError(
        404,
        'not_found',
        'metrics are not served: start the gateway with OTEL_METRICS_EXPORTER=prometheus',
      );
    response.setHeader('cache-control', 'no-store');
    this.#write(request, response);
  }
}
