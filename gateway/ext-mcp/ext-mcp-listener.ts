import { chmod } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';
import { context } from '@opentelemetry/api';
import { HealthImplementation } from 'grpc-health-check';
import { formatAddress } from '../config/address.ts';
import type { ExtMcpConfig } from '../config/ext-mcp-config.ts';
import { contextOfHeaders } from '../telemetry/trace-context.ts';
import { extMcpDefinition } from './ext-mcp-definition.ts';
import { ExtMcpJudge, type ExtMcpParts } from './ext-mcp-judge.ts';
import { http2WindowBytes, maxMessageBytes } from './ext-mcp-limits.ts';
import { freeSocketPath } from './free-socket-path.ts';
import { TlsFront } from './tls-front.ts';

/** The gateway's user and its group: agentgateway may have a user of its own. The socket's folder says who gets as far as that. */
const socketMode = 0o660;

/** Answers that were just written need some turns of the event loop to leave, in milliseconds. */
const lastWordsMs = 20;

/** Serves agentgateway's external MCP guardrails (`agentgateway.dev.ext_mcp.ExtMcp`), and `grpc.health.v1`. */
export class ExtMcpListener implements AsyncDisposable {
  readonly #server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc-node.flow_control_window': http2WindowBytes,
  });
  readonly #health = new HealthImplementation({
    '': 'SERVING',
    'agentgateway.dev.ext_mcp.ExtMcp': 'SERVING',
  });
  readonly #judge: ExtMcpJudge;
  #tls: TlsFront | undefined;

  private constructor(parts: ExtMcpParts) {
    this.#judge = new ExtMcpJudge(parts);
    this.#server.addService(extMcpDefinition, {
      checkRequest: unary((request, signal) => this.#judge.request(request, signal)),
      checkResponse: unary((response, signal) => this.#judge.response(response, signal)),
    });
    this.#health.addToServer(this.#server);
  }

  /** Listens, and says where in the log. Throws one sentence where the address cannot be had. */
  static async start(parts: ExtMcpParts): Promise<ExtMcpListener> {
    const listener = new ExtMcpListener(parts);
    const address = await listener.#bind(parts);
    parts.log.write('info', 'the gateway serves guardrails of agentgateway', { address });
    return listener;
  }

  /** Ends what is under way, with refusals. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#tls?.stop();
    for (const name of ['', 'agentgateway.dev.ext_mcp.ExtMcp']) this.#health.setStatus(name, 'NOT_SERVING');
    this.#judge[Symbol.dispose]();
    await delay(lastWordsMs);
    this.#server.forceShutdown();
  }

  /** The address with the port that was bound. */
  async #bind({ config: { listen, tls }, log }: ExtMcpParts): Promise<string> {
    if (listen.kind === 'tcp' && tls !== undefined) {
      this.#tls = new TlsFront(this.#server, tls, log);
      return formatAddress({ ...listen, port: await this.#tls.listen(listen) });
    }
    if (listen.kind === 'unix') await freeSocketPath(listen.path);
    const port = await this.#bindInPlainText(listen);
    if (listen.kind === 'tcp') return formatAddress({ ...listen, port });
    await chmod(listen.path, socketMode);
    return formatAddress(listen);
  }

  #bindInPlainText(listen: ExtMcpConfig['listen']): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.bindAsync(formatAddress(listen), ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
    return promise;
  }
}

/** `answer` never throws. Its signal is aborted when nobody waits any more. */
function unary<Question, Answer>(
  answer: (question: Question, signal: AbortSignal) => Promise<Answer>,
): handleUnaryCall<Question, Answer> {
  return async (call, callback) => {
    const waiting = new AbortController();
    call.once('cancelled', () => waiting.abort());
    // In the trace of agentgateway's own.
    const [traceparent] = call.metadata.get('traceparent').map(String);
    const asked = () => answer(call.request, waiting.signal);
    callback(null, await context.with(contextOfHeaders({ traceparent }), asked));
  };
}
