/** How a real gateway reaches its servers: containers, servers that ask for tokens, servers that come late. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { FakeDocker } from '../harness/fake-docker.ts';
import { type Arrival, HandMadeServer } from '../harness/hand-made-server.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { callTool, textOf } from '../harness/tool-result.ts';

/** A server whose one tool answers; `isRefused` may answer in its place. */
function lateServer(isRefused: (arrival: Arrival) => boolean): Promise<HandMadeServer> {
  return HandMadeServer.start((arrival) => {
    const { body, method, response } = arrival;
    if (isRefused(arrival)) return;
    if (method !== 'POST') return void response.writeHead(405).end();
    const { id, method: called } = JSON.parse(body);
    if (id === undefined) return void response.writeHead(202).end();
    const results: Readonly<Record<string, object>> = {
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 's', version: '1' },
      },
      'tools/list': { tools: [{ name: 'get', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: 'got' }] },
    };
    const result = results[called];
    const answer = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  });
}

suite('a gateway', () => {
  test('waits for a server that comes late', async () => {
    let refusals = 0;
    await using server = await lateServer(({ response }) => {
      if (refusals++ >= 3) return false;
      response.writeHead(503).end();
      return true;
    });
    await using gateway = await RunningGateway.start({
      mcpServers: { late: { type: 'http', url: server.url } },
    });
    const client = await gateway.connect('late');
    assert.equal(textOf(await callTool(client, 'get')), 'got');
    assert.ok(refusals > 3);
  });

  test('sends a server its token, from the first question on', async () => {
    await using issuer = await HandMadeServer.start(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"access_token":"a-token","token_type":"Bearer","expires_in":600}');
    });
    await using server = await lateServer(({ headers, response }) => {
      if (headers.authorization === 'Bearer a-token') return false;
      response.writeHead(401).end();
      return true;
    });
    const auth = {
      type: 'client-credentials',
      tokenUrl: issuer.url,
      clientId: 'me',
      clientSecret: `\${SECRET}`,
    };
    await using gateway = await RunningGateway.start({
      mcpServers: { guarded: { type: 'http', url: server.url, auth } },
      env: { SECRET: 'hunter2' },
    });
    const client = await gateway.connect('guarded');
    assert.equal(textOf(await callTool(client, 'get')), 'got');
    for (const { headers } of server.arrivals) assert.equal(headers.authorization, 'Bearer a-token');
    assert.equal(issuer.arrivals.length, 1);
    assert.equal(JSON.stringify(gateway.log).includes('hunter2'), false);
  });

  test('runs a server in a container and leaves none behind', async () => {
    await using docker = await FakeDocker.start();
    const image = join(import.meta.dirname, '../harness/odd-server.ts');
    const gateway = await RunningGateway.start({
      gateway: { containers: { command: docker.command } },
      // The fake runs the first argument that names a program: no image is named by a path.
      mcpServers: { odd: { type: 'stdio', container: 'odd', entrypointArgs: [image, 'one'] } },
    });
    const client = await gateway.connect('odd');
    const place = JSON.parse(textOf(await callTool(client, 'place')));
    assert.deepEqual(place.args, ['one']);
    await gateway[Symbol.asyncDispose]();
    const runs = await docker.runs();
    const names = runs.filter((args) => args[0] === 'run').map((args) => args[2] ?? '');
    assert.ok(names.length > 0);
    for (const name of names) {
      assert.match(name, /^sluice-odd-[0-9a-f]{16}$/);
      assert.ok(runs.some((args) => args[0] === 'rm' && args.at(-1) === name));
      await assert.rejects(docker.pidOf(name), /ENOENT/);
    }
  });
});
