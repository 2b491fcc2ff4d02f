import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server as GrpcServer, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { decodeMetrics, decodeSpans, metricsService, traceService } from './otlp/decode-otlp.ts';
import type { ExportedMetric, ExportedPoint, ExportedSpan } from './otlp/exported.ts';
import { spanTree } from './otlp/span-tree.ts';
import { temporaryFolder } from './wasm-guard.ts';

/** Variables for a process that is to export. */
export type OtlpEnvironment = Readonly<Record<string, string>>;

/** After so long a wait, what was received is shown instead: a span that is missing never comes. */
const patienceMs = 15_000;

/** A collector of a test's own: real OTLP, as protobuf over HTTP on loopback, and over gRPC on a Unix socket. */
export class OtlpReceiver implements AsyncDisposable {
  readonly #http: Server;
  readonly #grpc: GrpcServer;
  readonly #socket: string;
  readonly #metrics = new Map<string, ExportedMetric>();
  #grown = Promise.withResolvers<void>();
  /** All spans of all processes, as they arrived. */
  readonly spans: ExportedSpan[] = [];
  /** Every body, as it came: also what the decoder does not know. */
  readonly bodies: Buffer[] = [];
  /** The headers of the HTTP requests, in order. */
  readonly headers: IncomingMessage['headers'][] = [];
  /** What it does with requests over HTTP: `hang` never answers. */
  answers: 200 | 400 | 500 | 503 | 'hang' = 200;

  private constructor(folder: string) {
    this.#socket = join(folder, 'otlp.sock');
    this.#http = createServer((request, response) => void this.#serve(request, response));
    this.#grpc = new GrpcServer();
    this.#addService(traceService, (bytes) => this.#receiveSpans(bytes));
    this.#addService(metricsService, (bytes) => this.#receiveMetrics(bytes));
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(await temporaryFolder());
    receiver.#http.listen(0, '127.0.0.1');
    await once(receiver.#http, 'listening');
    const bind = promisify(receiver.#grpc.bindAsync.bind(receiver.#grpc));
    await bind(`unix:${receiver.#socket}`, ServerCredentials.createInsecure());
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** For a process that exports everything, at once, over HTTP. */
  get env(): OtlpEnvironment {
    return { ...eager, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_ENDPOINT: this.url };
  }

  /** The same, over gRPC on the Unix socket: for a process without a network. */
  get grpcEnv(): OtlpEnvironment {
    const endpoint = `unix://${this.#socket}`;
    return {
      ...eager,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      // The exporter takes a Unix socket for a network, and asks for TLS.
      OTEL_EXPORTER_OTLP_INSECURE: 'true',
    };
  }

  /** Waits until something is true of all spans that have arrived. Throws with what has arrived when it stays untrue. */
  async until(isTrue: (spans: readonly ExportedSpan[]) => boolean): Promise<void> {
    await this.#until(() => isTrue(this.spans));
  }

  /** Waits for the first span that something is true of. */
  async span(isIt: (span: ExportedSpan) => boolean): Promise<ExportedSpan> {
    let found: ExportedSpan | undefined;
    await this.#until(() => {
      found = this.spans.find(isIt);
      return found !== undefined;
    });
    if (found === undefined) throw new Error('no such span');
    return found;
  }

  /** Waits until what is under one span of a trace is whole: no parent of what has arrived is missing but that span's own. */
  async trace(traceId: string, isTop: (span: ExportedSpan) => boolean): Promise<ExportedSpan[]> {
    await this.#until(() => {
      const spans = this.of(traceId);
      const above = spans.find(isTop)?.parentSpanId;
      const known = new Set([...spans.map(({ spanId }) => spanId), above]);
      return above !== undefined && spans.every(({ parentSpanId }) => known.has(parentSpanId));
    });
    return this.of(traceId);
  }

  /** The spans of a trace. */
  of(traceId: string): ExportedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** The spans of a trace as indented lines, with these attributes. */
  tree(traceId: string, attributes: readonly string[] = []): string {
    return spanTree(this.of(traceId), attributes);
  }

  /** The points of a metric as of its last export, of all processes. */
  metric(name: string): ExportedPoint[] {
    return this.metrics.filter((metric) => metric.name === name).flatMap(({ points }) => points);
  }

  /** All metrics as of their last export. */
  get metrics(): ExportedMetric[] {
    return [...this.#metrics.values()];
  }

  /** Waits until something is true of a metric's points. */
  async measured(
    name: string,
    isTrue: (points: readonly ExportedPoint[]) => boolean,
  ): Promise<ExportedPoint[]> {
    await this.#until(() => isTrue(this.metric(name)));
    return this.metric(name);
  }

  /** Waits for so many requests. */
  async asked(count: number): Promise<void> {
    await this.#until(() => this.bodies.length >= count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#grpc.forceShutdown();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #until(isTrue: () => boolean): Promise<void> {
    const timeout = AbortSignal.timeout(patienceMs);
    const gaveUp = once(timeout, 'abort');
    while (!isTrue()) {
      await Promise.race([this.#grown.promise, gaveUp]);
      if (timeout.aborted)
        throw new Error(`what is waited for did not come; what did:\n${this.#everything()}`);
    }
  }

  #everything(): string {
    const traces = [...new Set(this.spans.map(({ traceId }) => traceId))];
    const names = this.metrics.map(({ service, name }) => `${service} ${name}`);
    return [...traces.map((traceId) => `${traceId}\n${this.tree(traceId)}`), ...names].join('\n');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    this.headers.push(request.headers);
    if (this.answers === 200 && request.url === '/v1/traces') this.#receiveSpans(body);
    else if (this.answers === 200 && request.url === '/v1/metrics') this.#receiveMetrics(body);
    else this.#receive(body);
    if (this.answers === 'hang') return;
    response.writeHead(this.answers, { 'content-type': 'application/x-protobuf' }).end();
  }

  #receiveSpans(body: Buffer): void {
    this.spans.push(...decodeSpans(body));
    this.#receive(body);
  }

  #receiveMetrics(body: Buffer): void {
    for (const metric of decodeMetrics(body)) {
      const instance = metric.resource['service.instance.id'];
      this.#metrics.set(JSON.stringify([metric.service, instance, metric.name]), metric);
    }
    this.#receive(body);
  }

  #receive(body: Buffer): void {
    this.bodies.push(body);
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }

  #addService({ Export: method }: ServiceDefinition, receive: (bytes: Buffer) => void): void {
    if (method === undefined) throw new Error('no such service');
    // The bytes as they came: what reads them is the same for both transports.
    const asBytes = { ...method, requestDeserialize: (bytes: Buffer) => bytes };
    this.#grpc.addService(
      { Export: asBytes },
      {
        Export: (call: { request: Buffer }, answer: (error: null, response: object) => void) => {
          receive(call.request);
          answer(null, {});
        },
      },
    );
  }
}

/** Everything is kept, and sent soon. */
const eager: OtlpEnvironment = {
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_TRACES_SAMPLER: 'parentbased_always_on',
  OTEL_BSP_SCHEDULE_DELAY: '50',
  OTEL_METRIC_EXPORT_INTERVAL: '100',
};
