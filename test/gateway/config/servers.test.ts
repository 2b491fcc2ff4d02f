import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { ConfigError } from '../../../gateway/config/config-error.ts';
import type { ServerConfig } from '../../../gateway/config/gateway-config.ts';
import { parseJsonc } from '../../../gateway/config/parse-jsonc.ts';
import { transportKeys } from '../../../gateway/config/server-transport.ts';
import { parseConfig } from '../../../gateway/config.ts';
import { isJsonObject } from '../../../gateway/policy/json-value.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode = 0o600): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
}
file('secret', 'hunter2\n');
file('header', 'Bearer hunter2\r\n');
file('open', 'hunter2', 0o644);
file('empty', '\n');
file('lines', 'one\ntwo');

const oidc = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://gh/token', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'hunter2' };

function parse(
  server: object,
  gateway: object = {},
  env: Readonly<Record<string, string>> = {},
): ServerConfig {
  const text = JSON.stringify({ gateway, mcpServers: { s: server } });
  const surroundings = { folder, env: { SECRET: 'hunter2', TMPDIR: '/nowhere', ...env } };
  const [read] = parseConfig(text, surroundings).servers;
  assert.ok(read);
  return read;
}

function problemsOf(server: object, gateway: object = {}): readonly string[] {
  try {
    parse(server, gateway);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

suite('a server that is a container', () => {
  const container = { type: 'stdio', container: 'mcp/github' };
  const usual = ['run', '--rm', '-i', '-e', 'NO_COLOR=1', '-e', 'TERM=dumb', '-e', 'PYTHONUNBUFFERED=1'];

  test('is run by docker, where nothing else is said', () => {
    assert.deepEqual(parse(container).transport, {
      kind: 'stdio',
      command: 'docker',
      args: [...usual, 'mcp/github'],
      env: { TMPDIR: '/nowhere' },
      cwd: folder,
      container: { runtimeArgs: [], mounts: [] },
    });
  });

  test('has all of its parts, and the runtime of the gateway', () => {
    const server = {
      ...container,
      ...{ entrypoint: 'sh', entrypointArgs: ['-c', 'x'], args: ['--init'], env: { A: `\${SECRET}` } },
      mounts: ['/srv/data:/data:ro'],
    };
    const runtime = {
      runtime: 'podman',
      command: './bin/podman',
      args: ['--log-level=error'],
      mountRoots: ['/srv:ro'],
    };
    const { transport } = parse(server, { containers: runtime });
    assert.ok(transport.kind === 'stdio');
    assert.equal(transport.command, join(folder, 'bin/podman'));
    assert.deepEqual(transport.args, [
      ...['--log-level=error', ...usual, '--entrypoint', 'sh', '-v', '/srv/data:/data:ro', '-e', 'A'],
      ...['--init', 'mcp/github', '-c', 'x'],
    ]);
    assert.equal(transport.env.A, 'hunter2');
  });

  const opens = 'is not allowed: it gives the container more of this machine than its mounts';
  const refused: [server: object, gateway: object, problem: string][] = [
    [{ command: 'x' }, {}, 'unknown key mcpServers.s.command: '],
    [{ container: '-v' }, {}, 'mcpServers.s.container: must be the name of an image'],
    [{ container: 1 }, {}, 'mcpServers.s.container: must be a text that is not empty'],
    [{ args: ['--privileged'] }, {}, `mcpServers.s.args: --privileged ${opens}`],
    [
      { mounts: ['/nowhere/a:/a:ro', '/srv/a:/a:ro'] },
      {},
      'mcpServers.s.mounts[1]: is in none of the folders that containers may be given: allow it in the mount roots',
    ],
    [{}, { runtime: 'lxc' }, 'gateway.containers.runtime: must be one of docker, podman'],
    [{}, { mountRoots: ['srv'] }, 'gateway.containers.mountRoots: must be a list of /path:ro and /path:rw'],
    [
      {},
      { args: ['--privileged'] },
      'gateway.containers.args: holds options of the client only, and none that opens the machine',
    ],
    [
      {},
      { engine: 'x' },
      'unknown key gateway.containers.engine: known keys are runtime, command, args, mountRoots',
    ],
  ];
  for (const [server, containers, problem] of refused) {
    test(`with ${JSON.stringify(server)} and ${JSON.stringify(containers)} is refused`, () => {
      const problems = problemsOf({ ...container, ...server }, { containers });
      assert.equal(problems.length, 1, problems.join());
      assert.equal(problems[0]?.slice(0, problem.length), problem);
    });
  }

  test('is refused without its values', () => {
    const server = {
      ...container,
      mounts: [`/\${SECRET}:/a:ro`],
      args: [`--\${SECRET}`],
      env: { 'a b': 'hunter2' },
    };
    const problems = problemsOf(server);
    assert.equal(problems.length, 3);
    assert.equal(problems.join().includes('hunter2'), false);
  });
});

suite('a server over HTTP', () => {
  const http = { type: 'http', url: 'https://mcp.example.com/a' };
  const auth = {
    type: 'client-credentials',
    tokenUrl: 'https://id.example.com/token',
    clientId: 'me',
    clientSecretFile: 'secret',
  };

  test('has headers from files, without the end of the line', () => {
    const { transport } = parse({
      ...http,
      headers: { Authorization: { file: 'header' }, 'X-Own': `<\${SECRET}>` },
    });
    assert.ok(transport.kind === 'http');
    assert.deepEqual(transport.headers, { Authorization: 'Bearer hunter2', 'X-Own': '<hunter2>' });
  });

  test('has client credentials', () => {
    const { transport } = parse({
      ...http,
      auth: { ...auth, scopes: ['a', 'b'], resource: 'https://mcp.example.com/' },
    });
    assert.ok(transport.kind === 'http');
    assert.deepEqual(transport.credentials, {
      kind: 'client-credentials',
      tokenUrl: auth.tokenUrl,
      clientId: 'me',
      clientSecret: 'hunter2',
      scopes: ['a', 'b'],
      resource: 'https://mcp.example.com/',
    });
  });

  test('has the identity of its GitHub job, for itself or for whom it says', () => {
    const own = { requestUrl: oidc.ACTIONS_ID_TOKEN_REQUEST_URL, requestToken: 'hunter2' };
    for (const [more, audience] of [
      [{}, http.url],
      [{ audience: 'others' }, 'others'],
    ] as const) {
      const { transport } = parse({ ...http, auth: { type: 'github-oidc', ...more } }, {}, oidc);
      assert.ok(transport.kind === 'http');
      assert.deepEqual(transport.credentials, { kind: 'github-oidc', audience, ...own });
    }
  });

  const place = 'mcpServers.s.auth';
  const { clientSecretFile: _, ...secretless } = auth;
  const refused: [auth: object, problem: string][] = [
    [{}, `${place}.type: is missing: write "client-credentials" or "github-oidc"`],
    [{ type: 'magic' }, `${place}.type: must be one of client-credentials, github-oidc`],
    [
      { type: 'authorization-code' },
      `${place}.type: authorization-code is not offered: use client-credentials or github-oidc, or send a header`,
    ],
    [
      { type: 'github-oidc' },
      `${place}.type: github-oidc needs ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN: give the job the permission id-token: write`,
    ],
    [
      { ...auth, tokenUrl: 'http://id.example.com/' },
      `${place}.tokenUrl: must be an https address, or one on this machine: it is sent a secret`,
    ],
    [
      { ...auth, tokenUrl: 'https://u:p@id.example.com/' },
      `${place}.tokenUrl: must not hold a user or a password: write clientId and clientSecret`,
    ],
    [
      secretless,
      `${place}.clientSecret: is missing: write a variable of the environment, or clientSecretFile`,
    ],
    [{ ...auth, clientSecret: 'x' }, `${place}.clientSecretFile: stands beside clientSecret: remove one`],
    [{ ...auth, clientSecretFile: 'empty' }, `${place}.clientSecretFile: the file holds no text`],
    [{ ...auth, scopes: ['a b'] }, `${place}.scopes: must be a list of scopes, each without spaces`],
    [{ ...auth, resource: '/a' }, `${place}.resource: must be an absolute address without a fragment`],
    [
      { ...auth, resource: 'https://a/#b' },
      `${place}.resource: must be an absolute address without a fragment`,
    ],
    [{ ...auth, scope: 'a' }, `unknown key ${place}.scope: did you mean scopes?`],
  ];
  for (const [value, problem] of refused)
    test(`with ${JSON.stringify(value)} is refused`, () =>
      assert.deepEqual(problemsOf({ ...http, auth: value }), [problem]));

  test('may ask for its token on this machine', () => {
    for (const tokenUrl of ['http://127.0.0.1:1/', 'http://localhost/', 'http://[::1]:8080/t'])
      assert.deepEqual(problemsOf({ ...http, auth: { ...auth, tokenUrl } }), []);
  });

  test('reads no secret that others may read, and no header that is more than a line', () => {
    for (const server of [
      { headers: { A: { file: 'open' } } },
      { auth: { ...auth, clientSecretFile: 'open' } },
      { headers: { A: { file: 'missing' } } },
    ]) {
      const problems = problemsOf({ ...http, ...server });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', /cannot use the file/);
    }
    const form = 'mcpServers.s.headers: a header has a name without spaces and a value of one line';
    assert.deepEqual(problemsOf({ ...http, headers: { A: { file: 'lines' } } }), [form]);
    assert.deepEqual(problemsOf({ ...http, headers: { A: 1 } }), [
      'mcpServers.s.headers.A: must be a text, or {"file": PATH}',
    ]);
    assert.deepEqual(problemsOf({ ...http, headers: { A: {} } }), [
      'mcpServers.s.headers.A.file: is missing: write the file that holds the value',
    ]);
  });

  test('has one Authorization only', () => {
    const problem = 'mcpServers.s.headers: must not hold Authorization beside auth: remove one';
    assert.deepEqual(problemsOf({ ...http, auth, headers: { authorization: 'x' } }), [problem]);
  });

  test('is no process', () => {
    assert.match(problemsOf({ ...http, container: 'x' })[0] ?? '', /^unknown key mcpServers\.s\.container/);
    assert.match(
      problemsOf({ type: 'stdio', command: 'x', auth })[0] ?? '',
      /^unknown key mcpServers\.s\.auth/,
    );
  });
});

test('docs/servers.md names every key of a server’s transport', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/servers.md'), 'utf8');
  const containers = ['runtime', 'command', 'args', 'mountRoots', 'gateway.containers'];
  for (const key of [
    ...Object.values(transportKeys).flat(),
    ...containers,
    'connectTimeout',
    'connection',
    'integrity',
  ])
    assert.ok(page.includes(`\`${key}\``), key);
  const { transport } = parse(exampleOf(page, 'github'));
  assert.ok(transport.kind === 'stdio' && transport.container !== undefined);
  const auth = { ...exampleOf(page, 'auth'), clientSecretFile: 'secret' };
  assert.deepEqual(problemsOf({ type: 'http', url: 'https://a/', auth }), []);
});

/** The example of a key, with paths and variables that are there. */
function exampleOf(page: string, key: string): object {
  const examples = [...page.matchAll(/```jsonc\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const text = examples.find((example) => example.startsWith(`"${key}"`)) ?? '';
  const { value } = parseJsonc(
    `{${text.replace('/srv/data', '/nowhere').replace('GITHUB_TOKEN', 'SECRET')}}`,
  );
  const example = isJsonObject(value) ? value[key] : undefined;
  assert.ok(isJsonObject(example), key);
  return example;
}
