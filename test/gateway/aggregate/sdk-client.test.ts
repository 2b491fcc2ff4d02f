/** The SDK's client in front of the aggregate, over HTTP: what two servers ask of it at once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { AggregatePeer } from '../../../gateway/aggregate/aggregate-peer.ts';
import { ClientEndpoint } from '../../../gateway/client-endpoint/client-endpoint.ts';
import { writeResult } from '../../../gateway/rpc/write-message.ts';
import { type Asked, ScriptedPeer } from '../client-endpoint/scripted-peer.ts';
import { silentLog } from '../silent-log.ts';

/** Two servers whose one tool does what a test says, behind one route. */
class TwoServers implements AsyncDisposable {
  readonly peers = new Map<string, ScriptedPeer>();
  readonly client = new Client({ name: 'test', version: '1' }, { capabilities: { sampling: {}, roots: {} } });
  readonly #endpoint: ClientEndpoint;
  readonly #http;

  private constructor(call: (asked: Asked, peer: ScriptedPeer) => void) {
    const openPeers = new Map(
      ['a', 'b'].map((name) => [
        name,
        (session: ConstructorParameters<typeof ScriptedPeer>[0]) => {
          const peer: ScriptedPeer = new ScriptedPeer(session, {
            'tools/call': (asked) => call(asked, peer),
          });
          this.peers.set(name, peer);
          return peer;
        },
      ]),
    );
    const parts = { openPeers, separator: '___', log: silentLog };
    this.#endpoint = new ClientEndpoint((session) => new AggregatePeer(session, parts));
    const caller = { principal: 'p', run: '' };
    this.#http = createServer((request, response) => void this.#endpoint.serve(request, response, caller));
  }

  static async start(call: (asked: Asked, peer: ScriptedPeer) => void): Promise<TwoServers> {
    const servers = new TwoServers(call);
    servers.#http.listen(0, '127.0.0.1');
    await once(servers.#http, 'listening');
    const address = servers.#http.address();
    assert.ok(typeof address === 'object' && address !== null);
    const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${address.port}/`));
    await servers.client.connect(transport as Transport);
    return servers;
  }

  peer(name: string): ScriptedPeer {
    const peer = this.peers.get(name);
    assert.ok(peer !== undefined);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    this.#endpoint[Symbol.dispose]();
    this.#http.close();
    this.#http.closeAllConnections();
  }
}

/** Answers a call with what the client answers to the server's request 0. */
async function relay({ request, exchange }: Asked, peer: ScriptedPeer, question: string): Promise<void> {
  exchange.send(question);
  // `notifications/initialized` was the first.
  const answer = await peer.got(2);
  assert.ok(answer.kind === 'result' && answer.id === '0');
  const told = { content: [{ type: 'text', text: answer.result }] };
  exchange.answer(writeResult(request.id, JSON.stringify(told)).text);
}

suite('the SDK’s client in front of two servers', () => {
  test('answers what both ask with the same id at once, each its own', async () => {
    const ask = (asked: Asked, peer: ScriptedPeer) => {
      const text = JSON.parse(asked.request.params ?? '').arguments.text;
      const params = { messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens: 1 };
      const question = { jsonrpc: '2.0', id: 0, method: 'sampling/createMessage', params };
      void relay(asked, peer, JSON.stringify(question));
    };
    await using servers = await TwoServers.start(ask);
    const { client } = servers;
    const both = Promise.withResolvers<void>();
    let asked = 0;
    client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => {
      if (++asked === 2) both.resolve();
      await both.promise;
      const [{ content } = { content: undefined }] = params.messages;
      assert.ok(content !== undefined && 'text' in content);
      return {
        model: 'm',
        role: 'assistant' as const,
        content: { type: 'text' as const, text: `re: ${content.text}` },
      };
    });
    const call = (name: string) =>
      client.callTool({ name: `${name}___x`, arguments: { text: `of ${name}` } }).then(JSON.stringify);
    const [toA, toB] = await Promise.all([call('a'), call('b')]);
    assert.match(toA, /re: of a/);
    assert.match(toB, /re: of b/);
  });

  test('tells its roots to the one that asks', async () => {
    const question = '{"jsonrpc":"2.0","id":0,"method":"roots/list"}';
    await using servers = await TwoServers.start((asked, peer) => void relay(asked, peer, question));
    servers.client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///r' }] }));
    assert.match(JSON.stringify(await servers.client.callTool({ name: 'b___x' })), /file:\/\/\/r/);
    assert.equal(servers.peer('a').received.length, 1);
  });

  test('cancels a call at its server, and has a question of a server cancelled', async () => {
    const question = '{"jsonrpc":"2.0","id":0,"method":"roots/list"}';
    await using servers = await TwoServers.start(({ exchange }) => exchange.send(question));
    const cancelled = Promise.withResolvers<void>();
    servers.client.setRequestHandler(ListRootsRequestSchema, async (_, { signal }) => {
      signal.addEventListener('abort', () => cancelled.resolve());
      asking.resolve();
      await cancelled.promise;
      return { roots: [] };
    });
    const asking = Promise.withResolvers<void>();
    const ending = new AbortController();
    const call = servers.client.callTool({ name: 'a___x' }, undefined, { signal: ending.signal });
    call.catch(() => undefined);
    const { exchange, request } = await servers.peer('a').asked('tools/call');
    await asking.promise;
    exchange.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}');
    await cancelled.promise;
    ending.abort();
    await assert.rejects(call);
    const told = await servers.peer('a').got(2);
    assert.ok(told.kind === 'notification' && told.method === 'notifications/cancelled');
    assert.equal(JSON.parse(told.params ?? '').requestId, Number(request.id));
  });
});
