import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Script } from 'node:vm';
import { readStatusPage } from '../../../gateway/status/status-page.ts';
import { type RawResponse, rawRequest } from '../../e2e/raw-request.ts';
import { ServedRoutes } from '../served-routes.ts';

const keys = [
  { principal: 'olga', key: 'the-key-of-the-operator' },
  { principal: 'bob', key: 'the-key-of-an-agent' },
];
const locked = { keys, operators: ['olga'] };
const paths = ['/status', '/status/data', '/status/events'];

function basic(password: string, name = ''): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

function look(
  { port }: ServedRoutes,
  path: string,
  headers: Record<string, string> = {},
  method = 'HEAD',
): Promise<RawResponse> {
  return rawRequest(port, { method, path, headers: { accept: '*/*', ...headers } });
}

suite('the status page', () => {
  test('is for operators who have a key: as a bearer token, or as the password of a browser', async () => {
    await using routes = await ServedRoutes.start({ door: locked });
    for (const path of paths) {
      const status = async (authorization: string) => (await look(routes, path, { authorization })).status;
      assert.equal((await look(routes, path)).status, 401);
      assert.equal(await status('Bearer the-key-of-the-operator'), 200);
      assert.equal(await status(basic('the-key-of-the-operator')), 200);
      assert.equal(await status(basic('the-key-of-the-operator', 'anybody:')), 401);
      assert.equal(await status(basic('the-key-of-the-operator', 'anybody')), 200);
      assert.equal(await status(basic('the-key-of-an-agent')), 403);
      assert.equal(await status('Bearer the-key-of-an-agent'), 403);
      assert.equal(await status(basic('wrong')), 401);
      assert.equal(await status('Basic %%%'), 401);
    }
  });

  test('asks a browser to log in, and says to whoever is no operator who may look', async () => {
    await using routes = await ServedRoutes.start({ door: locked });
    const accept = 'text/html,*/*';
    const asked = await look(routes, '/status', { accept }, 'GET');
    assert.equal(asked.headers['www-authenticate'], 'Basic realm="Sluice status", charset="UTF-8"');
    assert.match(asked.body, /log in with the key of an operator as the password/);
    assert.equal(asked.headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    const refused = await look(
      routes,
      '/status',
      { accept, authorization: basic(keys[1]?.key ?? '') },
      'GET',
    );
    assert.deepEqual([refused.status, refused.headers['content-type']], [403, 'text/html; charset=utf-8']);
    assert.match(refused.body, /only operators may look here, and bob is none: gateway.operators names them/);
    const told = await look(routes, '/status', {}, 'GET');
    assert.equal(JSON.parse(told.body).error, 'unauthorized');
  });

  test('is open on a keyless gateway, unless it says who its operators are', async () => {
    await using routes = await ServedRoutes.start();
    await using closed = await ServedRoutes.start({ door: { operators: [] } });
    for (const path of paths) {
      assert.equal((await look(routes, path)).status, 200);
      assert.equal((await look(closed, path)).status, 403);
    }
  });

  test('does not let a browser that is logged in do anything else', async () => {
    await using routes = await ServedRoutes.start({ door: locked });
    const headers = { authorization: basic('the-key-of-the-operator') };
    for (const [method, path] of [
      ['POST', '/mcp/scripted'],
      ['POST', '/mcp'],
      ['GET', '/agents'],
      ['GET', '/reflect'],
      ['DELETE', '/agents/bob/1'],
      ['POST', '/close'],
    ] as const)
      assert.equal((await look(routes, path, headers, method)).status, 401, path);
  });

  test('is not changed, and cannot be asked for by another page', async () => {
    await using routes = await ServedRoutes.start();
    for (const path of paths) {
      const posted = await look(routes, path, {}, 'POST');
      assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD']);
      assert.equal((await look(routes, path, { origin: 'https://evil.example' })).status, 403);
      assert.equal((await look(routes, path, { host: 'evil.example' })).status, 403);
    }
    for (const path of ['/status/data', '/status/events']) {
      const site = async (from: string) => (await look(routes, path, { 'sec-fetch-site': from })).status;
      assert.deepEqual(await Promise.all(['same-site', 'cross-site'].map(site)), [403, 403]);
      assert.deepEqual(await Promise.all(['same-origin', 'none'].map(site)), [200, 200]);
    }
    assert.equal((await look(routes, '/status/other')).status, 404);
  });

  test('is kept from being read, framed, stored and guessed at', async () => {
    await using routes = await ServedRoutes.start();
    for (const path of paths) {
      const { headers } = await look(routes, path);
      assert.equal(headers['cache-control'], 'no-store, no-transform');
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.match(
        String(headers['content-security-policy']),
        /^default-src 'none'; .*frame-ancestors 'none'/,
      );
    }
  });

  test('is one page, whose own script and style run and no other', async () => {
    await using routes = await ServedRoutes.start();
    const { body, headers } = await look(routes, '/status', {}, 'GET');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'/);
    assert.match(policy, /require-trusted-types-for 'script'; trusted-types 'none'/);
    assert.doesNotMatch(policy, /unsafe|http|\*/);
    assert.doesNotMatch(body, / (src|href)="(?!data:image)/);
    assert.doesNotMatch(body, /innerHTML|insertAdjacentHTML|document\.write|eval\(/);
  });

  test('is made of modules of which no two have the same name for something', async () => {
    const { html } = await readStatusPage();
    const script = /<script type="module">([\s\S]*)<\/script>/.exec(html)?.[1] ?? '';
    assert.doesNotMatch(script, /^(import|export)\b/m);
    assert.doesNotThrow(() => new Script(`(async () => {${script}})`));
  });

  test('has what it shows as JSON', async () => {
    await using routes = await ServedRoutes.start();
    const { body } = await look(routes, '/status/data?agent=nobody/1', {}, 'GET');
    const { servers, agents, agentCount, flow, recent, words } = JSON.parse(body);
    assert.deepEqual(
      { servers, agents, agentCount, flow, recent },
      { servers: [], agents: [], agentCount: 0, flow: null, recent: [] },
    );
    assert.deepEqual(Object.keys(words.AUDIENCE), ['sentence', 'rule', 'otherwise']);
    assert.match(
      words.GUARD_TRAPPED.sentence,
      /^Failed, so nothing is returned: the guard of this server crashed/,
    );
  });
});
