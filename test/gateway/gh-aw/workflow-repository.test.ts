import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { askWorkflowRepository } from '../../../gateway/gh-aw/workflow-repository.ts';

let github: Server;
const requests: IncomingMessage[] = [];
let reply: (response: ServerResponse) => void;

before(async () => {
  github = createServer((request, response) => {
    requests.push(request);
    reply(response);
  });
  github.listen(0, '127.0.0.1');
  await once(github, 'listening');
});
after(() => {
  github.close();
  github.closeAllConnections();
});

/** What is found out when GitHub answers so. */
function ask(answer: (response: ServerResponse) => void, env: Readonly<Record<string, string>> = {}) {
  reply = answer;
  requests.length = 0;
  const api = `http://127.0.0.1:${(github.address() as AddressInfo).port}/api/v3/`;
  return askWorkflowRepository({
    GITHUB_REPOSITORY: 'acme/web',
    GITHUB_API_URL: api,
    GITHUB_TOKEN: 't',
    ...env,
  });
}

const says =
  (body: unknown, status = 200) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

suite('the repository whose workflow runs the agent', () => {
  test('is as visible as GitHub says', async () => {
    for (const visibility of ['public', 'private', 'internal'])
      assert.deepEqual(await ask(says({ visibility, private: true })), { kind: 'known', visibility });
    assert.equal(requests[0]?.url, '/api/v3/repos/acme/web');
    assert.equal(requests[0]?.headers.authorization, 'Bearer t');
  });

  test('is public or private where GitHub says no more', async () => {
    assert.deepEqual(await ask(says({ private: false })), { kind: 'known', visibility: 'public' });
    assert.deepEqual(await ask(says({ private: true })), { kind: 'known', visibility: 'private' });
  });

  test('is asked for once, with the first of the tokens', async () => {
    const env = { GITHUB_MCP_SERVER_TOKEN: 'first', GITHUB_TOKEN: 'second', GH_TOKEN: 'last' };
    await ask(says({ visibility: 'public' }), env);
    assert.deepEqual(
      requests.map(({ headers }) => headers.authorization),
      ['Bearer first'],
    );
    await ask(says({ visibility: 'public' }), { GITHUB_TOKEN: '', GH_TOKEN: 'last' });
    assert.equal(requests[0]?.headers.authorization, 'Bearer last');
    await ask(says({ visibility: 'public' }), { GITHUB_TOKEN: '' });
    assert.equal(requests[0]?.headers.authorization, undefined);
  });

  test('is none without its variable, and nobody is asked', async () => {
    assert.deepEqual(await ask(says({}), { GITHUB_REPOSITORY: '' }), { kind: 'none' });
    assert.equal(requests.length, 0);
  });

  const unknown: readonly (readonly [
    about: string,
    answer: (response: ServerResponse) => void,
    reason: string,
    env?: Record<string, string>,
  ])[] = [
    ['GitHub refuses', says({ message: 'Bad credentials' }, 401), 'GitHub answered 401'],
    [
      'GitHub does not know it',
      says({}, 404),
      'GitHub answered 404, and there is no token: set GITHUB_TOKEN',
      { GITHUB_TOKEN: '' },
    ],
    ['the answer is no JSON', (response) => void response.end('<html>'), 'GitHub could not be asked'],
    ['the answer is null', says(null), 'GitHub did not say how visible it is'],
    [
      'the answer is another word',
      says({ visibility: 'secret', private: false }),
      'GitHub did not say how visible it is',
    ],
    ['the answer is too large', says('x'.repeat(2 * 1024 * 1024)), 'GitHub could not be asked'],
    ['the connection breaks', (response) => void response.destroy(), 'GitHub could not be asked'],
    [
      'it is sent elsewhere',
      (response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
      'GitHub could not be asked',
    ],
    ['its name is none', says({}), 'GITHUB_REPOSITORY is no owner/repo', { GITHUB_REPOSITORY: '../x' }],
    [
      'its name is a pattern',
      says({}),
      'GITHUB_REPOSITORY is no owner/repo',
      { GITHUB_REPOSITORY: 'acme/*' },
    ],
    ['the address is none', says({}), 'GITHUB_API_URL is no address', { GITHUB_API_URL: 'file:///' }],
  ];
  for (const [about, answer, reason, env] of unknown) {
    test(`is unknown where ${about}`, async () => {
      assert.deepEqual(await ask(answer, env), { kind: 'unknown', reason });
    });
  }
});
