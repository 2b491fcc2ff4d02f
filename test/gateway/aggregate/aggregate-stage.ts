import assert from 'node:assert/strict';
import { AggregatePeer } from '../../../gateway/aggregate/aggregate-peer.ts';
import type { OpenPeer, PeerSession } from '../../../gateway/client-endpoint/session-peer.ts';
import { type RpcRequest, readMessage } from '../../../gateway/rpc/rpc-message.ts';
import { writeRequest } from '../../../gateway/rpc/write-message.ts';
import { type Script, ScriptedPeer } from '../client-endpoint/scripted-peer.ts';
import { silentLog } from '../silent-log.ts';

/** What a client has said and got for one request. */
export class Asking {
  /** What came with it, before its answer. */
  readonly sent: string[] = [];
  isAbandoned = false;
  readonly #settled = Promise.withResolvers<string>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The text of its answer. */
  get answered(): Promise<string> {
    return this.#settled.promise;
  }

  /** The result of its answer, parsed. */
  async result(): Promise<Record<string, unknown>> {
    const { result, error } = JSON.parse(await this.answered);
    assert.equal(error, undefined);
    return result;
  }

  /** The error of its answer, parsed. */
  async error(): Promise<{ code: number; message: string; data?: unknown }> {
    return JSON.parse(await this.answered).error;
  }

  begin(peer: AggregatePeer, request: RpcRequest): this {
    peer.request(request, {
      signal: new AbortController().signal,
      send: (text) => {
        this.sent.push(text);
        this.#changed();
      },
      answer: (text) => this.#settled.resolve(text),
      abandon: () => {
        this.isAbandoned = true;
        this.#changed();
      },
    });
    return this;
  }
}

/** An aggregated session over scripted servers, and its client. */
export class AggregateStage {
  readonly peer: AggregatePeer;
  /** What came on no request. */
  readonly sent: string[] = [];
  readonly #opened = new Map<string, ScriptedPeer[]>();
  #changed = Promise.withResolvers<void>();
  #lastId = 0;

  constructor(scripts: Readonly<Record<string, Script>>, separator = '___') {
    const openPeers = new Map(
      Object.entries(scripts).map(([name, script]) => [name, this.#opener(name, script)] as const),
    );
    const client: PeerSession = {
      id: 'client',
      caller: { principal: 'alice', run: '1' },
      protocolVersion: '2025-11-25',
      send: (text) => {
        this.sent.push(text);
        this.#change();
      },
    };
    this.peer = new AggregatePeer(client, { openPeers, separator, log: silentLog });
  }

  /** The peer that a server was given, the first or a later one. */
  server(name: string, count = 1): ScriptedPeer {
    const peer = this.#opened.get(name)?.[count - 1];
    assert.ok(peer !== undefined, `no peer ${count} of ${name}`);
    return peer;
  }

  ask(method: string, params = '{}', id = String(++this.#lastId)): Asking {
    return new Asking(() => this.#change()).begin(this.peer, writeRequest(id, method, params));
  }

  /** Says what is no request. */
  say(text: string): void {
    const message = readMessage(text);
    assert.ok(message.kind !== 'request');
    this.peer.receive(message);
  }

  /** Begins, to the end of the handshake. */
  async begin(capabilities = '{}'): Promise<Record<string, unknown>> {
    const result = await this.ask('initialize', hello(capabilities)).result();
    this.say('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    return result;
  }

  /** Waits until something is so that changes with what the client gets. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.#changed.promise;
  }

  #opener(name: string, script: Script): OpenPeer {
    return (session) => {
      const peer = new ScriptedPeer(session, script);
      this.#opened.set(name, [...(this.#opened.get(name) ?? []), peer]);
      return peer;
    };
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** The params of an `initialize`. */
export function hello(capabilities = '{}'): string {
  return `{"protocolVersion":"2025-11-25","capabilities":${capabilities},"clientInfo":{"name":"test","version":"1.0"}}`;
}

/** A script that answers a method with the JSON of a result, each time with the next one and then with the last. */
export function results(...texts: readonly string[]): Script[string] {
  let next = 0;
  return ({ request, exchange }) => {
    const text = texts[Math.min(next++, texts.length - 1)] ?? '{}';
    exchange.answer(`{"jsonrpc":"2.0","id":${request.id},"result":${text}}`);
  };
}

/** A script that answers with an error. */
export function failing(code: number, message: string): Script[string] {
  return ({ request, exchange }) =>
    exchange.answer(JSON.stringify({ jsonrpc: '2.0', id: Number(request.id), error: { code, message } }));
}

/** A script that welcomes with capabilities. */
export function offering(capabilities: string, instructions?: string): Script[string] {
  const more = instructions === undefined ? '' : `,"instructions":${JSON.stringify(instructions)}`;
  return results(
    `{"protocolVersion":"2025-06-18","capabilities":${capabilities},"serverInfo":{"name":"x","version":"1"}${more}}`,
  );
}
