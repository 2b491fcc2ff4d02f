/** Who may talk to the gateway, and who may know and end what: keys, principals, operators, agent sessions. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { modernPost } from '../gateway/modern-endpoint/modern-message.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Scene, type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { begin, initialize, type RawResponse, rawRequest, rpc } from './raw-request.ts';

const keys = {
  olga: 'the-key-of-the-operator',
  bob: 'the-key-of-bob-and-his-agents',
  carol: 'The-Key-Of-Carol-And-Her-Agents',
};

let backends: ScriptedBackends;
let gateway: RunningGateway;
/** What the tool `get` of the secrets does at the moment. */
let scene: Scene | undefined;

const said = (words: string): Script => ({ result: { content: [{ type: 'text', text: words }] } });

before(async () => {
  backends = await ScriptedBackends.start();
  const keyFile = join(await temporaryFolder(), 'carol');
  await writeFile(keyFile, `${keys.carol}\n`, { mode: 0o600 });
  const server = (name: string, tool: string, settings: object) => {
    const play: Scene = (args) => scene?.(args) ?? said(`${tool} of ${name}`);
    return { type: 'http', url: backends.add(`/${name}`, [{ name: tool, script: play }]), ...settings };
  };
  const policy = script({ mode: 'propagate', resource: { secrecy: ['house', 'attic'], integrity: [] } });
  gateway = await RunningGateway.start({
    gateway: {
      keys: { olga: keys.olga, bob: `\${BOB}`, carol: { file: keyFile } },
      operators: ['olga'],
      guardsMode: 'propagate',
    },
    env: { BOB: keys.bob },
    guards: { scripted: scriptedGuard },
    mcpServers: {
      secrets: server('secrets', 'get', { guard: 'scripted', 'guard-policies': policy }),
      sink: server('sink', 'put', {
        'guard-policies': { 'write-sink': { accept: ['*'], 'sink-visibility': 'public' } },
      }),
    },
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

/** A request with somebody's key. */
function ask(
  who: keyof typeof keys,
  [method, path]: readonly [string, string],
  headers: Readonly<Record<string, string>> = {},
): Promise<RawResponse> {
  return rawRequest(gateway.port, {
    method,
    path,
    headers: { authorization: `Bearer ${keys[who]}`, ...headers },
  });
}

/** The status and the code of a refusal. */
function refusalOf({ status, body }: RawResponse): string {
  const { error, message } = JSON.parse(body);
  assert.equal(typeof message, 'string');
  return `${status} ${error}`;
}

async function outcome(
  who: keyof typeof keys,
  run: string,
  [server, tool]: [string, string],
): Promise<string> {
  return outcomeOf(await gateway.call(server, tool, { run, key: keys[who] }));
}
/** How many connections to a server were begun. */
function initializesOf(path: string): number {
  return (backends.messages.get(path) ?? []).filter(({ method }) => method === 'initialize').length;
}

const get: [string, string] = ['secrets', 'get'];
const put: [string, string] = ['sink', 'put'];

suite('a key', () => {
  const wrong: readonly (readonly [about: string, authorization: string | undefined])[] = [
    ['that is missing', undefined],
    ['that nobody has', 'Bearer the-key-of-nobody-at-all'],
    ['in another case', `Bearer ${keys.bob.toUpperCase()}`],
    ['in lower case', `Bearer ${keys.carol.toLowerCase()}`],
    ['that is the beginning of one', `Bearer ${keys.bob.slice(0, -1)}`],
    ['that goes on after one', `Bearer ${keys.bob}x`],
    ['that is two of them', `Bearer ${keys.bob}, Bearer ${keys.carol}`],
    ['that is a name', 'Bearer bob'],
    ['in another scheme', `Basic ${Buffer.from(`bob:${keys.bob}`).toString('base64')}`],
  ];
  for (const [about, authorization] of wrong) {
    test(`${about} opens nothing, and the refusal does not tell which there are`, async () => {
      for (const path of ['/mcp/sink', '/mcp/nobody', '/reflect', '/agents', '/agents/bob/', '/close', '/']) {
        const refused = await rawRequest(gateway.port, {
          path,
          headers: { authorization },
          body: initialize,
        });
        assert.equal(refusalOf(refused), '401 unauthorized', path);
        assert.doesNotMatch(refused.body, /olga|bob|carol|the-key/i);
      }
    });
  }

  test('is asked for once: a second Authorization is refused, whichever is right', async () => {
    const twice = (first: string, second: string) =>
      fetchRaw([
        'GET /reflect HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${first}`,
        `authorization: ${second}`,
      ]);
    assert.match(await twice(keys.bob, keys.olga), /^HTTP\/1\.1 400 [\s\S]*repeated_header/);
    assert.match(await twice('x', keys.olga), /^HTTP\/1\.1 400 [\s\S]*repeated_header/);
  });

  test('may come without Bearer, as clients of gh-aw send it', async () => {
    const response = await ask('bob', ['GET', '/reflect'], { authorization: keys.bob });
    assert.equal(response.status, 200);
  });

  test('is in no log', () => {
    for (const key of Object.values(keys)) assert.ok(!gateway.log.includes(key));
  });
});

suite('a principal', () => {
  test('has agents of its own: the run of a stranger leads to none of the stranger’s', async () => {
    assert.equal(await outcome('bob', 'shared', get), 'result');
    assert.equal(await outcome('bob', 'shared', put), 'denied WRITE_SECRECY');
    assert.equal(await outcome('carol', 'shared', put), 'result');
    assert.equal(await outcome('bob', 'shared', put), 'denied WRITE_SECRECY');
  });

  test('cannot use or end the MCP session of another', async () => {
    const authorization = `Bearer ${keys.bob}`;
    const session = await begin(gateway.port, '/mcp/sink', { authorization });
    const headers = { 'mcp-session-id': session };
    for (const method of ['POST', 'GET', 'DELETE']) {
      const response = await rawRequest(gateway.port, {
        method,
        path: '/mcp/sink',
        headers: { ...headers, authorization: `Bearer ${keys.carol}` },
        ...(method === 'POST' && { body: rpc('ping') }),
      });
      assert.equal(response.status, 404, method);
    }
    const own = { ...headers, authorization };
    assert.equal(
      (await rawRequest(gateway.port, { path: '/mcp/sink', headers: own, body: rpc('ping') })).status,
      200,
    );
  });
});

suite('/reflect', () => {
  test('tells a principal of its own agents, an operator of all, and of no keys', async () => {
    assert.equal(await outcome('bob', 'r/1', get), 'result');
    assert.equal(await outcome('carol', 'r2', put), 'result');
    const tainted = { secrecy: ['attic', 'house'], integrity: [] };
    const agentsOf = async (who: keyof typeof keys) => {
      const { status, body } = await ask(who, ['GET', '/reflect']);
      assert.equal(status, 200);
      for (const key of Object.values(keys)) assert.ok(!body.includes(key));
      return JSON.parse(body).agents;
    };
    const [bobs, carols, all] = [await agentsOf('bob'), await agentsOf('carol'), await agentsOf('olga')];
    assert.deepEqual(bobs['bob/r%2F1'], tainted);
    assert.deepEqual(carols['carol/r2'], { secrecy: [], integrity: [] });
    assert.deepEqual(Object.keys({ ...bobs, ...carols }).sort(), Object.keys(all));
    assert.ok(Object.keys(bobs).every((address) => address.startsWith('bob/')));
    assert.ok(Object.keys(carols).every((address) => address.startsWith('carol/')));
  });

  test('has the mode, the servers and the time as gh-aw’s has them', async () => {
    const { headers, body } = await ask('olga', ['GET', '/reflect']);
    assert.equal(headers['content-type'], 'application/json');
    const { mode, servers, timestamp } = JSON.parse(body);
    assert.equal(mode, 'propagate');
    assert.deepEqual(servers, {
      secrets: { state: 'ready', guard: 'scripted' },
      sink: { state: 'ready', guard: 'write-sink' },
    });
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('is read, not written', async () => {
    const response = await ask('olga', ['POST', '/reflect']);
    assert.equal(refusalOf(response), '405 method_not_allowed');
    assert.equal(response.headers.allow, 'GET, HEAD');
  });
});

suite('/agents', () => {
  const isMissing = async (who: keyof typeof keys, run: string) =>
    !JSON.parse((await ask('olga', ['GET', '/agents'])).body).agents.some(
      (agent: { principal: string; run: string }) => agent.principal === who && agent.run === run,
    );

  test('lists all agent sessions to an operator, and to nobody else', async () => {
    await outcome('bob', 'listed', get);
    const { status, body } = await ask('olga', ['GET', '/agents']);
    assert.equal(status, 200);
    const { agents } = JSON.parse(body);
    const { idleSeconds, ...agent } = agents.find(({ run }: { run: string }) => run === 'listed');
    assert.deepEqual(agent, { principal: 'bob', run: 'listed', secrecy: ['attic', 'house'], integrity: [] });
    assert.ok(Number.isInteger(idleSeconds) && idleSeconds >= 0);
    for (const method of ['GET', 'POST', 'DELETE'])
      assert.equal(refusalOf(await ask('bob', [method, '/agents'])), '403 forbidden', method);
  });

  test('lets nobody but an operator end one: neither another’s nor its own, to wash itself clean', async () => {
    await outcome('bob', 'tainted', get);
    for (const who of ['bob', 'carol'] as const)
      assert.equal(refusalOf(await ask(who, ['DELETE', '/agents/bob/tainted'])), '403 forbidden', who);
    assert.equal(await outcome('bob', 'tainted', put), 'denied WRITE_SECRECY');
  });

  test('lets not even an operator end its own, in whatever spelling', async () => {
    await outcome('olga', 'tainted', get);
    for (const path of ['/agents/olga/tainted', '/agents/%6Flga/t%61inted', '/agents/olga/', '/agents/olga'])
      assert.equal(refusalOf(await ask('olga', ['DELETE', path])), '403 forbidden', path);
    assert.equal(await outcome('olga', 'tainted', put), 'denied WRITE_SECRECY');
  });

  test('lets an operator end one: its MCP sessions end, and the next begins without labels', async () => {
    const identity = { 'sluice-run': 'a/b+c', authorization: `Bearer ${keys.bob}` };
    await outcome('bob', 'a/b+c', get);
    const session = await begin(gateway.port, '/mcp/sink', identity);
    const response = await ask('olga', ['DELETE', '/agents/bob/a%2Fb%2Bc']);
    assert.equal(response.status, 200);
    const { sessionsEnded, ...ended } = JSON.parse(response.body);
    assert.deepEqual(ended, { status: 'ended', principal: 'bob', run: 'a/b+c' });
    assert.ok(sessionsEnded >= 1);
    const headers = { ...identity, 'mcp-session-id': session };
    const late = await rawRequest(gateway.port, { path: '/mcp/sink', headers, body: rpc('ping') });
    assert.equal(late.status, 404);
    assert.equal(await isMissing('bob', 'a/b+c'), true);
    assert.equal(await outcome('bob', 'a/b+c', put), 'result');
    assert.equal(
      await outcome('bob', 'shared', put),
      'denied WRITE_SECRECY',
      'another run of the same principal',
    );
  });

  test('delivers nothing of what an agent was waiting for when it was ended', async () => {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<Script>();
    const identity = { 'sluice-run': 'waiting', authorization: `Bearer ${keys.carol}` };
    const session = await begin(gateway.port, '/mcp/secrets', identity);
    scene = () => {
      arrived.resolve();
      return released.promise;
    };
    const headers = { ...identity, 'mcp-session-id': session };
    const body = rpc('tools/call', { name: 'get', arguments: {} }, 9);
    const waiting = rawRequest(gateway.port, { path: '/mcp/secrets', headers, body });
    await arrived.promise;
    scene = undefined;
    assert.equal((await ask('olga', ['DELETE', '/agents/carol/waiting'])).status, 200);
    released.resolve(said('the secret of the attic'));
    const answered = await waiting;
    assert.equal(answered.status, 404);
    assert.doesNotMatch(answered.body, /attic/);
    assert.equal(await outcome('carol', 'waiting', put), 'result');
  });

  test('delivers nothing to a client without sessions, either, and keeps nothing of it with the server', async () => {
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<Script>();
    const identity = { 'sluice-run': 'modern', authorization: `Bearer ${keys.bob}` };
    const post = {
      ...modernPost('tools/call', { name: 'get', arguments: {} }, identity),
      path: '/mcp/secrets',
    };
    const sessionsBefore = initializesOf('/secrets');
    scene = () => {
      arrived.resolve();
      return released.promise;
    };
    const waiting = rawRequest(gateway.port, post);
    await arrived.promise;
    scene = undefined;
    const ended = await ask('olga', ['DELETE', '/agents/bob/modern']);
    assert.equal(JSON.parse(ended.body).sessionsEnded, 2);
    released.resolve(said('the secret of the attic'));
    const answered = await waiting;
    assert.equal(answered.status, 503);
    assert.match(answered.body, /the agent session has ended/);
    assert.equal((await rawRequest(gateway.port, post)).status, 200);
    assert.equal(initializesOf('/secrets') - sessionsBefore, 2);
  });

  test('knows no others, and says so', async () => {
    assert.equal(refusalOf(await ask('olga', ['DELETE', '/agents/bob/never'])), '404 unknown_agent');
    assert.equal(refusalOf(await ask('olga', ['DELETE', '/agents/nobody/'])), '404 unknown_agent');
    for (const path of ['/agents/bob/a/b', '/agents/bob/%', '/agents/bob/%E0%A4%A', '/agents//run'])
      assert.equal(refusalOf(await ask('olga', ['DELETE', path])), '400 bad_agent', path);
    for (const method of ['GET', 'POST', 'PUT'])
      assert.equal(refusalOf(await ask('olga', [method, '/agents/bob/never'])), '405 method_not_allowed');
    assert.equal(refusalOf(await ask('olga', ['DELETE', '/agents'])), '405 method_not_allowed');
    assert.equal((await ask('olga', ['GET', '/agentsx'])).status, 404);
  });
});

suite('a keyless gateway', () => {
  test('shows everybody everything and lets nobody end an agent session: all are the same principal', async () => {
    const sink = { type: 'http', url: backends.add('/keyless', []) };
    await using keyless = await RunningGateway.start({ mcpServers: { sink } });
    await keyless.connect('sink', { run: 'a' }).then((client) => client.listTools());
    const of = (method: string, path: string) =>
      rawRequest(keyless.port, { method, path, headers: { 'sluice-run': 'b' } });
    const { agents, mode } = JSON.parse((await of('GET', '/reflect')).body);
    assert.deepEqual(Object.keys(agents), ['anonymous/a']);
    assert.equal(mode, null);
    assert.equal(JSON.parse((await of('GET', '/agents')).body).agents.length, 1);
    assert.equal(refusalOf(await of('DELETE', '/agents/anonymous/a')), '403 forbidden');
  });
});

suite('a client that looks for OAuth', () => {
  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/mcp/.well-known/oauth-authorization-server',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp/sink',
    '/mcp/sink/.well-known/openid-configuration',
  ]) {
    test(`finds none at ${path}, with or without a key`, async () => {
      assert.equal(refusalOf(await rawRequest(gateway.port, { method: 'GET', path })), '404 not_found');
      assert.equal(refusalOf(await ask('bob', ['GET', path])), '404 not_found');
    });
  }
});

suite('what needs no key', () => {
  test('is asked by nobody else’s pages and under no other name', async () => {
    for (const path of [
      '/health',
      '/ready',
      '/.well-known/oauth-authorization-server',
      '/reflect',
      '/close',
    ]) {
      const from = (headers: Readonly<Record<string, string>>) =>
        rawRequest(gateway.port, { method: 'GET', path, headers });
      assert.equal(refusalOf(await from({ host: 'evil.example' })), '403 forbidden_host', path);
      assert.equal(refusalOf(await from({ origin: 'http://evil.example' })), '403 forbidden_origin', path);
    }
  });
});

/** Sends a head of our own; all that came back. */
async function fetchRaw(lines: readonly string[]): Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1').setEncoding('latin1');
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  return (await Array.fromAsync(socket)).join('');
}
