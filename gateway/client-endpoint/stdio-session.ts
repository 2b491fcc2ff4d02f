import { randomUUID } from 'node:crypto';
import type { Caller } from '../http/caller.ts';
import { HttpError, RpcHttpError } from '../http/http-error.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { type RpcMessage, type RpcRequest, readMessage, readMessages } from '../rpc/rpc-message.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';
import { writeFailure, writeResult } from '../rpc/write-message.ts';
import { endpointLimits } from './endpoint-limits.ts';
import { hasBatches, negotiatedVersion, type ProtocolVersion, protocolVersions } from './protocol-version.ts';
import type { Exchange, OpenPeer, PeerSession, SessionEnd, SessionPeer } from './session-peer.ts';
import { StdioBatch } from './stdio-batch.ts';

const { maxBatchMessages, maxPostsAtOnce: maxRequestsAtOnce } = endpointLimits;

/** What a session over stdio is made of. */
export interface StdioSessionParts {
  readonly caller: Caller;
  readonly openPeer: OpenPeer;
  /** Sends the JSON of a message, or of a batch, to the client. */
  readonly send: (text: string) => void;
}

/** Sends the answer to a request: its JSON, or nothing where there will be none. */
type Settle = (text: string | undefined) => void;

/** The one MCP session of a client that started the gateway: from its `initialize` on, its peer answers. */
export class StdioSession implements PeerSession {
  readonly id = randomUUID();
  readonly caller: Caller;
  /** What the client asked for; once the peer has answered `initialize`, what that says. */
  protocolVersion: ProtocolVersion = '2025-11-25';
  readonly #parts: StdioSessionParts;
  readonly #ending = new AbortController();
  readonly #open = new Set<object>();
  #rested = Promise.withResolvers<void>();
  #peer: SessionPeer | undefined;
  /** Whether `initialize` was answered with a result. */
  #isBegun = false;

  constructor(parts: StdioSessionParts) {
    this.#parts = parts;
    this.caller = parts.caller;
  }

  send(text: string): void {
    if (!this.#ending.signal.aborted) this.#parts.send(text);
  }

  /** Takes one line of the client. */
  take(line: string): void {
    if (this.#ending.signal.aborted || line.trim() === '') return;
    try {
      const messages = readMessages(line);
      if (/^\s*\[/.test(line)) this.#takeBatch(messages);
      else for (const message of messages) this.#takeOne(message, (text) => this.#answer(text));
    } catch (error) {
      if (!(error instanceof RpcMessageError)) throw error;
      this.refuse(error.code, `send one JSON-RPC message a line: ${error.message}`);
    }
  }

  /** Answers what is no message. */
  refuse(code: number, message: string): void {
    this.send(writeFailure(undefined, { code, message }).text);
  }

  /** Settles when no request is open. */
  async rested(): Promise<void> {
    while (this.#open.size > 0) await this.#rested.promise;
  }

  end(reason: SessionEnd): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#peer?.close(reason);
  }

  #takeBatch(messages: readonly RpcMessage[]): void {
    const problem = this.#batchProblem(messages.length);
    if (problem !== undefined) {
      this.refuse(rpcCodes.invalidRequest, problem);
      return;
    }
    const requests = messages.filter(({ kind }) => kind === 'request').length;
    const batch = new StdioBatch(requests, (text) => this.send(text));
    for (const message of messages) this.#takeOne(message, (text) => batch.settle(text));
  }

  #batchProblem(messages: number): string | undefined {
    if (!this.#isBegun) return 'send initialize first, alone, and wait for its answer';
    if (!hasBatches(this.protocolVersion))
      return `${this.protocolVersion} has no batches: send one message a line`;
    return messages > maxBatchMessages
      ? `a batch may have ${maxBatchMessages} messages: send less at once`
      : undefined;
  }

  #takeOne(message: RpcMessage, settle: Settle): void {
    if (message.kind !== 'request') {
      if (this.#isBegun) this.#peer?.receive(message);
    } else if (message.method === 'initialize') {
      this.#begin(message, settle);
    } else if (this.#peer !== undefined && this.#isBegun) {
      if (this.#open.size < maxRequestsAtOnce) this.#peer.request(message, this.#exchange(settle));
      else settle(failure(message, `${maxRequestsAtOnce} requests are under way: wait for some`));
    } else if (message.method === 'ping') {
      settle(writeResult(message.id, '{}').text);
    } else {
      const sentence = 'there is no MCP session yet: send initialize, and wait for its answer';
      settle(failure(message, sentence, rpcCodes.noSession));
    }
  }

  #begin(request: RpcRequest, settle: Settle): void {
    if (this.#peer !== undefined) {
      settle(failure(request, 'this session is initialized: start another gateway for another session'));
      return;
    }
    try {
      this.protocolVersion = negotiatedVersion(request);
      this.#peer = this.#parts.openPeer(this);
    } catch (error) {
      const code = error instanceof RpcHttpError ? error.rpcCode : rpcCodes.internalError;
      settle(failure(request, error instanceof HttpError ? error.message : 'internal error', code));
      return;
    }
    this.#peer.request(
      request,
      this.#exchange((text) => this.#welcome(text, settle)),
    );
  }

  /** After a refusal the client may try again. */
  #welcome(text: string | undefined, settle: Settle): void {
    const answer = text === undefined ? undefined : readMessage(text);
    if (answer?.kind === 'result') {
      this.#isBegun = true;
      this.protocolVersion = versionOf(answer.result) ?? this.protocolVersion;
    } else {
      this.#peer?.close('refused');
      this.#peer = undefined;
    }
    settle(text);
  }

  #exchange(settle: Settle): Exchange {
    const exchange: Exchange = {
      signal: this.#ending.signal,
      send: (text) => {
        if (this.#open.has(exchange)) this.send(text);
      },
      answer: (text) => this.#settled(exchange, () => settle(text)),
      abandon: () => this.#settled(exchange, () => settle(undefined)),
    };
    this.#open.add(exchange);
    return exchange;
  }

  /** Once for each. */
  #settled(exchange: Exchange, settle: () => void): void {
    if (!this.#open.delete(exchange)) return;
    settle();
    if (this.#open.size > 0) return;
    this.#rested.resolve();
    this.#rested = Promise.withResolvers();
  }

  #answer(text: string | undefined): void {
    if (text !== undefined) this.send(text);
  }
}

function failure({ id }: RpcRequest, message: string, code: number = rpcCodes.invalidRequest): string {
  return writeFailure(id, { code, message }).text;
}

function versionOf(result: string): ProtocolVersion | undefined {
  const version = rawMembers(result).get('protocolVersion');
  return protocolVersions.find((known) => `"${known}"` === version);
}
