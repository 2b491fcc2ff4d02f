import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Backend } from '../../../gateway/backend/backend.ts';
import type {
  ClientCredentials,
  GithubOidc,
  ServerCredentials,
} from '../../../gateway/config/gateway-config.ts';
import { tokenOfServer } from '../../../gateway/server-credentials/token-of-server.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';
import { transportMaker } from '../../../gateway/server-transport/transport-maker.ts';
import { type Arrival, HandMadeServer } from '../../harness/hand-made-server.ts';
import { serverConfig } from '../granting-server.ts';
import { silentLog } from '../silent-log.ts';

const never = new AbortController().signal;

function answer({ response }: Arrival, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** An issuer that answers each request like this. */
function issuerOf(status: number, value: unknown): Promise<HandMadeServer> {
  return HandMadeServer.start((arrival) => answer(arrival, status, value));
}

function client(tokenUrl: string, more: Partial<ClientCredentials> = {}): ClientCredentials {
  const who = { clientId: 'a client', clientSecret: 'hunter2:&é', scopes: [], resource: undefined };
  return { kind: 'client-credentials', tokenUrl, ...who, ...more };
}

function github(requestUrl: string): GithubOidc {
  return {
    kind: 'github-oidc',
    audience: 'https://mcp.example.com/a?b&c',
    requestUrl,
    requestToken: 'hunter2',
  };
}

/** A token that expires, as GitHub makes them; nobody checks its signature here. */
function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.${part({})}`;
}

const bearer = { access_token: 'a-token', token_type: 'Bearer', expires_in: 3600 };

async function wordsOf(credentials: ServerCredentials): Promise<string> {
  const error = await tokenOfServer(credentials)
    .token(never)
    .then(String, (reason: unknown) => reason);
  assert.ok(error instanceof TransportError, String(error));
  assert.equal(error.code, 'NO_CREDENTIALS');
  assert.equal(error.cause, undefined);
  for (const secret of ['hunter2', 'a-token'])
    assert.equal(error.message.includes(secret), false, error.message);
  return error.message.replace('there is no token for the server: ', '');
}

suite('a token by client credentials', () => {
  test('is asked for as RFC 6749 and RFC 8707 say', async () => {
    await using issuer = await issuerOf(200, bearer);
    const resource = 'https://mcp.example.com/';
    const credentials = client(issuer.url, { scopes: ['read', 'write:all'], resource });
    assert.equal(await tokenOfServer(credentials).token(never), 'a-token');
    const [asked] = issuer.arrivals;
    assert.equal(asked?.method, 'POST');
    const form =
      'grant_type=client_credentials&scope=read+write%3Aall&resource=https%3A%2F%2Fmcp.example.com%2F';
    assert.equal(asked.body, form);
    assert.equal(asked.headers['content-type'], 'application/x-www-form-urlencoded');
    const [scheme, basic = ''] = asked.headers.authorization?.split(' ') ?? [];
    assert.equal(scheme, 'Basic');
    assert.equal(Buffer.from(basic, 'base64').toString(), 'a+client:hunter2%3A%26%C3%A9');
  });

  test('is asked for once while it lasts', async () => {
    await using issuer = await issuerOf(200, { ...bearer, token_type: 'bearer', expires_in: '3600' });
    const source = tokenOfServer(client(issuer.url));
    await Promise.all([source.token(never), source.token(never)]);
    await source.token(never);
    assert.equal(issuer.arrivals.length, 1);
  });

  const refused: [name: string, status: number, answer: unknown, words: string][] = [
    [
      'for another secret',
      401,
      { error: 'invalid_client' },
      'the token URL answered with HTTP status 401 (invalid_client)',
    ],
    ['for an unknown reason', 400, { error: 'hunter2' }, 'the token URL answered with HTTP status 400'],
    ['without a reason', 500, { error: 'hunter2' }, 'the token URL answered with HTTP status 500'],
    [
      'with another type',
      200,
      { ...bearer, token_type: 'mac' },
      'the token URL gave a token that is no bearer token',
    ],
    [
      'without a type',
      200,
      { access_token: 'a-token' },
      'the token URL gave a token that is no bearer token',
    ],
    [
      'with two lines',
      200,
      { ...bearer, access_token: 'a-token\r\nX: y' },
      'the token URL gave what is no token',
    ],
    ['with nothing', 200, { token_type: 'Bearer' }, 'the token URL gave what is no token'],
    ['with a list', 200, ['a-token'], 'the token URL answered with HTTP status 200'],
  ];
  for (const [name, status, value, words] of refused) {
    test(`that is answered ${name} is none`, async () => {
      await using issuer = await issuerOf(status, value);
      assert.equal(await wordsOf(client(issuer.url)), words);
    });
  }

  test('follows no redirect', async () => {
    await using elsewhere = await issuerOf(200, bearer);
    await using issuer = await HandMadeServer.start(({ response }) => {
      response.writeHead(307, { location: elsewhere.url }).end();
    });
    assert.equal(await wordsOf(client(issuer.url)), 'the token URL answered with HTTP status 307');
    assert.equal(elsewhere.arrivals.length, 0);
  });

  test('is not asked for where others could read the secret', async () => {
    for (const url of [
      'http://example.com/token',
      'http://localhost.example.com/',
      'ftp://127.0.0.1/',
      '',
      'x',
    ])
      assert.equal(
        await wordsOf(client(url)),
        'the token URL must be an https address, or one on this machine',
      );
  });

  test('is none when nobody answers, or with something endless', async () => {
    assert.match(
      await wordsOf(client('http://127.0.0.1:1/')),
      /^the token URL cannot be asked: .*ECONNREFUSED/,
    );
    await using issuer = await HandMadeServer.start(({ response }) => response.end('x'.repeat(100_000)));
    assert.match(await wordsOf(client(issuer.url)), /larger than 65536 bytes$/);
  });
});

suite('the identity token of a GitHub job', () => {
  test('is asked for with the audience and the token of the job', async () => {
    const value = jwt({ exp: Date.now() / 1000 + 600 });
    await using issuer = await issuerOf(200, { count: 1, value });
    const source = tokenOfServer(github(`${issuer.url}?api-version=2.0`));
    assert.deepEqual([await source.token(never), await source.token(never)], [value, value]);
    assert.equal(issuer.arrivals.length, 1);
    const [asked] = issuer.arrivals;
    assert.equal(asked?.path, '/mcp?api-version=2.0&audience=https%3A%2F%2Fmcp.example.com%2Fa%3Fb%26c');
    assert.equal(asked.headers.authorization, 'Bearer hunter2');
  });

  test('is asked for again a minute before it expires, by what it says itself', async () => {
    const exp = { value: Date.now() / 1000 - 1 };
    await using issuer = await HandMadeServer.start((arrival) =>
      answer(arrival, 200, { value: jwt({ exp: exp.value }) }),
    );
    const source = tokenOfServer(github(issuer.url));
    await source.token(never);
    exp.value += 3600;
    const second = await source.token(never);
    assert.equal(await source.token(never), second);
    assert.equal(issuer.arrivals.length, 2);
  });

  test('may say nothing of its end', async () => {
    for (const value of ['opaque', 'a.b.c', jwt({ exp: 'soon' }), jwt([])]) {
      await using issuer = await issuerOf(200, { value });
      assert.equal(await tokenOfServer(github(issuer.url)).token(never), value);
    }
  });

  test('is none without the variables of a job', async () => {
    const words =
      'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set: give the job the permission id-token: write';
    assert.equal(await wordsOf({ ...github(''), requestToken: 'x' }), words);
    assert.equal(await wordsOf({ ...github('http://127.0.0.1:1/'), requestToken: '' }), words);
  });

  test('is none when it is refused', async () => {
    await using issuer = await issuerOf(403, { message: 'hunter2' });
    assert.equal(
      await wordsOf(github(issuer.url)),
      'ACTIONS_ID_TOKEN_REQUEST_URL answered with HTTP status 403',
    );
  });
});

suite('a server that asks for a token', () => {
  /** A server that takes these tokens, in either generation of the transport. */
  function guarded(accepted: Set<string>, isOld = false): Promise<HandMadeServer> {
    let say: (text: string) => void = () => undefined;
    return HandMadeServer.start((arrival) => {
      const { method, headers, body, response } = arrival;
      if (!accepted.has(headers.authorization ?? '')) return answer(arrival, 401, { error: 'who are you?' });
      if (method !== 'POST') {
        if (!isOld) return void response.writeHead(405).end();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        say = (text) => response.write(`data: ${text}\n\n`);
        return void response.write('event: endpoint\ndata: /messages\n\n');
      }
      if (isOld && arrival.path === '/mcp') return void response.writeHead(405).end();
      const { id, method: called } = JSON.parse(body);
      const result = called === 'initialize' ? { protocolVersion: '2025-03-26' } : { content: [] };
      const text = JSON.stringify({ jsonrpc: '2.0', id, result });
      if (id === undefined || isOld) response.writeHead(202).end();
      else answer(arrival, 200, JSON.parse(text));
      if (id !== undefined && isOld) say(text);
    });
  }

  /** A backend with credentials of this issuer. */
  function backendOf(server: HandMadeServer, issuer: HandMadeServer): Backend {
    const credentials = client(issuer.url);
    const transport = { kind: 'http', url: server.url, headers: {}, credentials } as const;
    const surroundings = { environment: {}, log: silentLog };
    return new Backend('guarded', transportMaker(serverConfig({ transport }), surroundings), {
      log: silentLog,
    });
  }

  for (const [name, isOld] of [
    ['Streamable HTTP', false],
    ['HTTP+SSE', true],
  ] as const) {
    test(`gets it with each request over ${name}, fetched once`, async () => {
      await using issuer = await issuerOf(200, bearer);
      await using server = await guarded(new Set(['Bearer a-token']), isOld);
      await using backend = backendOf(server, issuer);
      assert.equal(await backend.callTool({ tool: 'a', args: '{}' }, never), '{"content":[]}');
      assert.ok(server.arrivals.length >= 3);
      for (const { headers } of server.arrivals) assert.equal(headers.authorization, 'Bearer a-token');
      assert.equal(issuer.arrivals.length, 1);
    });
  }

  test('that refuses it has refused the request, and its issuer is not asked again and again', async () => {
    await using issuer = await issuerOf(200, bearer);
    await using server = await guarded(new Set());
    await using backend = backendOf(server, issuer);
    for (let call = 0; call < 3; call++)
      await assert.rejects(backend.callTool({ tool: 'a', args: '{}' }, never), /HTTP status 401/);
    assert.equal(issuer.arrivals.length, 1);
  });

  test('is sent nothing where there is none', async () => {
    await using issuer = await issuerOf(401, { error: 'invalid_client' });
    await using server = await guarded(new Set());
    await using backend = backendOf(server, issuer);
    await assert.rejects(
      backend.callTool({ tool: 'a', args: '{}' }, never),
      /there is no token.*\(invalid_client\)/,
    );
    assert.deepEqual([server.arrivals.length, issuer.arrivals.length], [0, 1]);
  });
});
