import { join } from 'node:path';
import {
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { RunningGateway } from './running-gateway.ts';

const protoFolder = join(import.meta.dirname, '..', '..', 'proto');

/** Read by a library that knows nothing of ours. */
const definition = loadSync('agentgateway/dev/ext_mcp/ext_mcp.proto', {
  includeDirs: [protoFolder],
  keepCase: true,
  enums: String,
  oneofs: true,
});
const service = loadPackageDefinition(definition);

/** What is asked about, as a test writes it. */
export interface Question {
  readonly target?: string | readonly string[];
  readonly method?: string;
  /** JSON as a value, or as the text itself; left out: absent. */
  readonly json?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Of agentgateway's own span. */
  readonly traceparent?: string;
}

/** What agentgateway makes of an answer. */
export interface Verdict {
  readonly result: 'pass' | 'mutated' | 'error' | undefined;
  /** What stands for the params or the result, parsed. */
  readonly mutated?: unknown;
  readonly error?: { readonly code: string; readonly reason: string; readonly data: unknown };
  /** By which its response says that it belongs to this request. */
  readonly call: string | undefined;
}

/** Whoever asks as a principal. */
export interface Agent {
  readonly principal: string;
  readonly run?: string;
}

interface RawAnswer {
  readonly result?: Verdict['result'];
  readonly mutated?: Buffer;
  /** A code that is absent is the first one. */
  readonly error?: { readonly code?: string; readonly reason: string; readonly mcp_error?: Buffer };
  readonly metadata?: { readonly fields: Readonly<Record<string, { readonly stringValue?: string }>> };
}

type Ask = (
  message: object,
  headers: Metadata,
  done: (error: Error | null, answer: RawAnswer) => void,
) => { cancel(): void };

/** A request as an MCP client behind agentgateway sends it. */
export interface ClientCall extends Agent {
  readonly target: string;
  readonly method: string;
  readonly params?: unknown;
}

/** Asks as agentgateway does, by its own names and numbers, and does what it does with the answers (v1.4, failClosed). */
export class GuardrailClient implements Disposable {
  readonly #client: Client;

  constructor(address: string, security: ChannelCredentials = credentials.createInsecure()) {
    const path = ['agentgateway', 'dev', 'ext_mcp', 'ExtMcp'];
    const found = path.reduce<unknown>((at, name) => Object(at)[name], service);
    if (!isClientClass(found)) throw new Error('the proto has no service ExtMcp');
    this.#client = new found(address, security, {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
  }

  /** Of a gateway that says in its log where it listens. */
  static async of(gateway: RunningGateway, security?: ChannelCredentials): Promise<GuardrailClient> {
    return new GuardrailClient(await guardrailAddress(gateway), security);
  }

  checkRequest(question: Question, signal?: AbortSignal): Promise<Verdict> {
    const message = { ...common(question), ...bytes('mcp_request', question.json) };
    return this.#ask('CheckRequest', message, { signal, traceparent: question.traceparent });
  }

  checkResponse(question: Question, signal?: AbortSignal): Promise<Verdict> {
    const message = { ...common(question), ...bytes('mcp_response', question.json) };
    return this.#ask('CheckResponse', message, { signal });
  }

  /** All of a request: asks about it, has `upstream` answer it, and asks about the result. */
  async through(
    { target, method, params, ...agent }: ClientCall,
    upstream: (params: unknown) => unknown,
  ): Promise<{ result: unknown } | { error: Verdict['error'] }> {
    const metadata = { ...agent };
    const before = await this.checkRequest({ target, method, json: params, metadata });
    if (before.result === 'error') return { error: before.error };
    const result = await upstream(before.result === 'mutated' ? before.mutated : params);
    const named = before.call === undefined ? metadata : { ...metadata, sluiceCall: before.call };
    const after = await this.checkResponse({ target, method, json: result, metadata: named });
    if (after.result === 'error') return { error: after.error };
    return { result: after.result === 'mutated' ? after.mutated : result };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #ask(
    name: string,
    message: object,
    { signal, traceparent }: { signal?: AbortSignal | undefined; traceparent?: string | undefined },
  ): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    const ask: Ask = Object(this.#client)[name].bind(this.#client);
    const headers = new Metadata();
    if (traceparent !== undefined) headers.set('traceparent', traceparent);
    const call = ask(message, headers, (error, answer) =>
      error ? reject(error) : resolve(verdictOf(answer)),
    );
    signal?.addEventListener('abort', () => call.cancel(), { once: true });
    return promise;
  }
}

/** Where a gateway serves guardrails, by its log. */
export async function guardrailAddress(gateway: RunningGateway): Promise<string> {
  const message = 'the gateway serves guardrails of agentgateway';
  await gateway.logged(message);
  const line = gateway.log.split('\n').find((each) => each.includes(message)) ?? '{}';
  // grpc-js takes no address for the name in a certificate.
  return JSON.parse(line).address.replace('127.0.0.1', 'localhost');
}

function common({
  target = 'server',
  method = 'tools/call',
  metadata = { principal: 'alice' },
}: Question): object {
  const fields = Object.entries(metadata).map(([key, value]) => [
    key,
    typeof value === 'string' ? { stringValue: value } : { numberValue: value },
  ]);
  return {
    service_names: [target].flat(),
    method,
    metadata_context: { fields: Object.fromEntries(fields) },
  };
}

function bytes(name: string, json: unknown): object {
  if (json === undefined) return {};
  return { [name]: Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)) };
}

function verdictOf({ result, mutated, error, metadata }: RawAnswer): Verdict {
  return {
    result,
    call: metadata?.fields.sluiceCall?.stringValue,
    ...(mutated && { mutated: JSON.parse(mutated.toString()) }),
    ...(error && {
      error: {
        code: error.code ?? 'UNKNOWN',
        reason: error.reason,
        data: error.mcp_error?.length ? JSON.parse(error.mcp_error.toString()) : undefined,
      },
    }),
  };
}

function isClientClass(value: unknown): value is typeof Client {
  return typeof value === 'function' && 'service' in value;
}
