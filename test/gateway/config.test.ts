import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { ConfigError } from '../../gateway/config/config-error.ts';
import type { Environment } from '../../gateway/config/expand-variables.ts';
import type { GatewayConfig, ServerConfig } from '../../gateway/config/gateway-config.ts';
import { guardsSectionVariables, parseConfig } from '../../gateway/config.ts';
import { loadConfig } from '../../gateway/load-config.ts';

const folder = '/etc/sluice';
const env = { KEY: 'a-key-of-20-letters!', SECRET: 'hunter2', EMPTY: '', GUARDS: '/guards' };

function parse(text: string, listen?: string): GatewayConfig {
  return parseConfig(text, { folder, env, listen });
}

function problemsOf(config: unknown, listen?: string): readonly string[] {
  try {
    parse(typeof config === 'string' ? config : JSON.stringify(config), listen);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function withGateway(gateway: object): object {
  return { gateway, mcpServers: {} };
}

function withServer(server: object, guards: object = {}): object {
  return { guards, mcpServers: { s: { type: 'stdio', command: 'run', ...server } } };
}

function serverOf(config: object): ServerConfig {
  const [server] = parse(JSON.stringify(config)).servers;
  assert.ok(server);
  return server;
}

const allowOnly = {
  'allow-only': { repos: ['b/*', 'a/b'], integrity: 'None', 'tool-call-limits': { read: 2 } },
};
const sink = { 'write-sink': { accept: ['private:a'], 'sink-visibility': 'private' } };
const wasm = { type: 'wasm', path: 'g.wasm' };

suite('a configuration', () => {
  test('is read into frozen values of our own', () => {
    const config = parse(`{
      // One file for both processes.
      "gateway": { "listen": "127.0.0.1:0", "apiKey": "\${KEY}", "guardsMode": "filter",
                   "sidecar": "unix:/run/sluice/guard.sock", "toolTimeout": 60, "notice": "quiet" },
      "guards": { "files": { "type": "wasm", "path": "guards/rules.wasm", "backendTools": ["get_file_info"],
                             "limits": { "memoryPages": 512 } } },
      "mcpServers": {
        "files": { "type": "stdio", "command": "npx", "args": ["a", "\${SECRET}"], "env": { "A": "" }, "guard": "files",
                   "guard-policies": { "tools": [{ "name": "x" }] }, "tools": ["read"], "audience": ["private:a"],
                   "toolTimeout": 0.5 },
        "remote": { "type": "http", "url": "https://example.com/mcp", "headers": { "Authorization": "Bearer \${SECRET}" } },
      },
    }`);
    assert.deepEqual(config, {
      listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      keys: [{ principal: 'key', key: env.KEY }],
      tls: undefined,
      hosts: [],
      operators: [],
      scrapers: [],
      privileges: [],
      guardsMode: 'filter',
      sidecar: { addresses: [{ kind: 'unix', path: '/run/sluice/guard.sock' }], tls: undefined },
      notice: 'quiet',
      toolTimeoutMs: 60_000,
      shutdownTimeoutMs: 30_000,
      separator: '___',
      payloads: undefined,
      servers: [
        {
          name: 'files',
          transport: { kind: 'stdio', command: 'npx', args: ['a', 'hunter2'], env: { A: '' }, cwd: folder },
          guard: {
            kind: 'wasm',
            name: 'files',
            file: 'guards/rules.wasm',
            policy: { tools: [{ name: 'x' }] },
            backendTools: ['get_file_info'],
            toolCallLimits: [],
          },
          tools: ['read'],
          audience: ['private:a'],
          integrity: ['*'],
          connection: 'session',
          connectTimeoutMs: 30_000,
          toolTimeoutMs: 500,
          responseFilters: {},
          bounds: undefined,
          rateLimitBreaker: undefined,
        },
        {
          name: 'remote',
          transport: {
            kind: 'http',
            url: 'https://example.com/mcp',
            headers: { Authorization: 'Bearer hunter2' },
            credentials: undefined,
          },
          guard: { kind: 'noop' },
          tools: undefined,
          audience: ['*'],
          integrity: ['*'],
          connection: 'session',
          connectTimeoutMs: 30_000,
          toolTimeoutMs: 60_000,
          responseFilters: {},
          bounds: undefined,
          rateLimitBreaker: undefined,
        },
      ],
      guardsEnvironment: {},
    });
    const [server] = config.servers;
    assert.ok(server?.guard.kind === 'wasm');
    for (const part of [config, config.servers, server.transport, server.guard.policy.tools]) {
      assert.ok(Object.isFrozen(part));
    }
  });

  test('needs nothing but servers', () => {
    const { servers, guardsEnvironment, ...settings } = parse('{"mcpServers": {}}');
    assert.deepEqual(settings, {
      listen: { kind: 'tcp', host: '127.0.0.1', port: 3000 },
      keys: [],
      tls: undefined,
      hosts: [],
      operators: ['anonymous'],
      scrapers: [],
      privileges: [],
      guardsMode: undefined,
      sidecar: undefined,
      notice: 'full',
      toolTimeoutMs: 60_000,
      shutdownTimeoutMs: 30_000,
      separator: '___',
      payloads: undefined,
    });
    assert.deepEqual([servers, guardsEnvironment], [[], {}]);
  });

  test('is refused with all of its problems at once, one line each', () => {
    const config = {
      gateway: { lissten: 'x', guardsMode: 'off' },
      guards: { 'a b': {}, g: { type: 'noop', sha256: '' } },
      mcpServers: { s: { type: 'http' }, t: { type: 'stdio', command: 'x', guard: 'h' } },
      extra: 1,
    };
    assert.deepEqual(problemsOf(config), [
      'unknown key extra: known keys are gateway, guards, mcpServers',
      'unknown key gateway.lissten: did you mean listen?',
      'gateway.guardsMode: must be one of strict, filter, propagate',
      'guards["a b"]: a name has 1 to 64 letters, digits, dots, hyphens and underscores, and is not . or ..',
      'unknown key guards.g.sha256: known keys are type, policy',
      'mcpServers.s.url: is missing: write the http or https address of the server',
      'mcpServers.t.guard: no such guard: did you mean g?',
    ]);
    const error = new ConfigError(['one', 'two', 'one']);
    assert.deepEqual([error.message, error.problems], ['one\ntwo', ['one', 'two']]);
  });
});

suite('the text of a configuration', () => {
  const cases: [name: string, text: string, problem: string][] = [
    ['that is empty', '', 'the configuration is no JSON: line 1, column 1: Value expected'],
    [
      'that is no JSON',
      '{\n  "gateway": {,}\n}',
      'the configuration is no JSON: line 2, column 15: Value expected',
    ],
    [
      'that ends too early',
      '{"mcpServers": {',
      'the configuration is no JSON: line 1, column 17: Close brace expected',
    ],
    ['with two documents', '{} {}', 'the configuration is no JSON: line 1, column 4: End of file expected'],
    ['that is a list', '[]', 'the configuration must be one JSON object'],
    ['that is nested too deeply', '['.repeat(200_000), 'line 1: nested deeper than 100'],
    ['without servers', '{}', 'mcpServers: is missing: name the servers'],
    ['with a section of the wrong type', '{"mcpServers": []}', 'mcpServers: must be an object'],
    [
      'with a key that stands twice',
      '{"mcpServers": {}, "mcpServers": {}}',
      'mcpServers: stands twice: remove one',
    ],
    [
      'with a number that loses digits',
      '{"mcpServers": {"s": {"type": "stdio", "command": "x", "args": [9007199254740993]}}}',
      'mcpServers.s.args[0]: a number above 2^53 loses digits: write it as a text',
    ],
    [
      'with a key that objects have of their own',
      '{"mcpServers": {}, "__proto__": 1}',
      'unknown key __proto__: known',
    ],
    ['with an odd key', '{"mcpServers": {}, "a\\nb": 1}', 'unknown key ["a\\nb"]: known keys'],
  ];
  for (const [name, text, problem] of cases) {
    test(`${name} is refused`, () => {
      const [first] = problemsOf(text);
      assert.ok(first?.startsWith(problem), String(first));
    });
  }

  test('never shows up in what is said about it', () => {
    const problems = problemsOf('{"gateway": {"apiKey": "hunter2" "x"}}');
    assert.equal(problems.join().includes('hunter2'), false);
  });
});

suite('a variable', () => {
  test('is filled in wherever a text stands', () => {
    const policy = { a: [{ b: `<\${SECRET}>` }], c: `$\${SECRET}`, d: `\${EMPTY}`, e: '$SECRET $$ {SECRET}' };
    const server = serverOf(withServer({ guard: 'g', 'guard-policies': policy }, { g: wasm }));
    assert.ok(server.guard.kind === 'wasm');
    const expected = { a: [{ b: '<hunter2>' }], c: `\${SECRET}`, d: '', e: '$SECRET $$ {SECRET}' };
    assert.deepEqual(server.guard.policy, expected);
  });

  test('that is not defined is a problem that names it and the path', () => {
    const config = {
      gateway: { apiKey: `\${NO_KEY}` },
      mcpServers: {
        s: { type: 'stdio', command: `\${NO_COMMAND}`, args: ['x', `\${constructor}`], env: { A: `\${}` } },
      },
    };
    assert.deepEqual(problemsOf(config), [
      'gateway.apiKey: variable NO_KEY is not defined: set it in the environment',
      'mcpServers.s.command: variable NO_COMMAND is not defined: set it in the environment',
      'mcpServers.s.args[1]: variable constructor is not defined: set it in the environment',
      `mcpServers.s.env.A: write \${NAME} for a variable, or $\${ for the characters themselves`,
    ]);
  });

  test('that is empty does not switch the key off', () => {
    assert.deepEqual(problemsOf(withGateway({ apiKey: `\${EMPTY}` })), [
      'gateway.apiKey: must be a text that is not empty',
    ]);
  });

  test('is never printed', () => {
    const text = `\${SECRET} \${SECRET}`;
    const config = {
      gateway: { listen: text, apiKey: `\${SECRET}`, guardsMode: text, sidecar: text, notice: text },
      guards: { g: { type: 'noop', policy: { x: text } } },
      mcpServers: {
        s: { type: text, url: text, headers: { A: `${text}\n` }, guard: text },
        t: {
          type: 'http',
          url: `https://u:\${SECRET}@host`,
          'guard-policies': { 'allow-only': { repos: [text] } },
        },
      },
    };
    const problems = problemsOf(config);
    assert.ok(problems.length >= 10, String(problems.length));
    assert.equal(problems.join().includes('hunter2'), false);
  });

  test('of the guards section is named, and given to a sidecar of our own', () => {
    const config = {
      gateway: { apiKey: `\${KEY}` },
      guards: {
        g: { ...wasm, path: `\${GUARDS}/g.wasm`, policy: { a: [`\${SECRET}`, `$\${KEY}`, `\${GUARDS}`] } },
      },
      mcpServers: {},
    };
    const text = JSON.stringify(config);
    assert.deepEqual(guardsSectionVariables(text), ['GUARDS', 'SECRET']);
    assert.deepEqual(parse(text).guardsEnvironment, { GUARDS: '/guards', SECRET: 'hunter2' });
    assert.deepEqual(guardsSectionVariables('{}'), []);
    assert.throws(() => guardsSectionVariables('{'), ConfigError);
  });

  test('of what only the sidecar reads need not be defined here', () => {
    const guard = {
      ...wasm,
      path: `\${ELSEWHERE}`,
      sha256: `\${ELSEWHERE}`,
      limits: { cpuMs: `\${ELSEWHERE}` },
    };
    assert.deepEqual(problemsOf({ guards: { g: guard }, mcpServers: {} }), []);
  });
});

suite('the gateway section', () => {
  const listenForm = 'gateway.listen: must be host:port, such as 127.0.0.1:3000';
  const listenKey =
    'gateway.listen: other machines can reach this address: set gateway.apiKey, gateway.keys or gateway.tls.clientAuthority, or listen on 127.0.0.1';
  const keyForm = 'gateway.apiKey: must have at least 16 characters of ASCII, without spaces';
  const timeoutRange = 'gateway.toolTimeout: must be a number from 0.1 to 86400';
  const sidecarForm =
    "gateway.sidecar: must be unix:/absolute/path, at most 100 bytes long, host:port, or dns:///name:port for all addresses of a name; leave it out for a sidecar of the gateway's own";

  const refused: [gateway: object, problem: string][] = [
    [{ listen: 'localhost' }, listenForm],
    [{ listen: ':3000' }, listenForm],
    [{ listen: '127.0.0.1:65536' }, listenForm],
    [{ listen: '127.0.0.1:' }, listenForm],
    [{ listen: '::1:3000' }, listenForm],
    [{ listen: '[::g]:3000' }, listenForm],
    [{ listen: 3000 }, 'gateway.listen: must be a text that is not empty'],
    [{ listen: '0.0.0.0:3000' }, listenKey],
    [{ listen: '[::]:3000' }, listenKey],
    [{ listen: '128.0.0.1:1' }, listenKey],
    [{ listen: 'localhost.example.com:1' }, listenKey],
    [{ apiKey: 'fifteen-letters' }, keyForm],
    [{ apiKey: 'sixteen letters.' }, keyForm],
    [{ apiKey: 'sixteen-letters.\n' }, keyForm],
    [{ apiKey: '' }, 'gateway.apiKey: must be a text that is not empty'],
    [{ apiKey: null }, 'gateway.apiKey: must be a text that is not empty'],
    [{ guardsMode: 'Strict' }, 'gateway.guardsMode: must be one of strict, filter, propagate'],
    [{ notice: true }, 'gateway.notice: must be one of full, quiet'],
    ...['a b', '.', '/', 'x'.repeat(17)].map((separator): [object, string] => [
      { separator },
      'gateway.separator: must have 1 to 16 letters, digits, hyphens and underscores',
    ]),
    [{ toolTimeout: 0 }, timeoutRange],
    [{ toolTimeout: 86_401 }, timeoutRange],
    [{ toolTimeout: '60' }, timeoutRange],
    [{ toolTimeout: null }, timeoutRange],
    [{ sidecar: 'unix:run/guard.sock' }, sidecarForm],
    [{ sidecar: 'unix:/' }, sidecarForm],
    [{ sidecar: `unix:/${'x'.repeat(100)}` }, sidecarForm],
    [{ sidecar: `unix:/${'é'.repeat(50)}` }, sidecarForm],
    [{ sidecar: 'localhost:0' }, sidecarForm],
    [{ sidecar: 'guard.sock' }, sidecarForm],
    [{ api_key: 'x' }, 'unknown key gateway.api_key: did you mean apiKey?'],
    [{ toolTimout: 1 }, 'unknown key gateway.toolTimout: did you mean toolTimeout?'],
    [
      { password: 1 },
      'unknown key gateway.password: known keys are listen, apiKey, keys, tls, hosts, operators, scrapers, guardsMode, sidecar, toolTimeout, shutdownTimeout, notice, separator, payloads, audit, containers, privileges, extMcp',
    ],
  ];
  for (const [gateway, problem] of refused) {
    test(`${JSON.stringify(gateway).slice(0, 60)} is refused`, () => {
      assert.deepEqual(problemsOf(withGateway(gateway)), [problem]);
    });
  }

  test('may listen on any loopback address without a key, and on every address with one', () => {
    const key = { apiKey: env.KEY };
    const accepted = [
      { listen: '127.0.0.1:0' },
      { listen: '127.9.9.9:65535' },
      { listen: '[::1]:3000' },
      { listen: 'LocalHost:3000' },
      { listen: '0.0.0.0:3000', ...key },
      { listen: '[::]:3000', ...key },
      { listen: 'my_host.example.com:3000', ...key },
    ];
    for (const gateway of accepted) assert.deepEqual(problemsOf(withGateway(gateway)), []);
    const { listen } = parse(JSON.stringify(withGateway({ listen: '[::1]:3000' })));
    assert.deepEqual(listen, { kind: 'tcp', host: '::1', port: 3000 });
  });

  test('listens where the command line says, under the same rules', () => {
    const config = withGateway({ listen: '127.0.0.1:3000' });
    assert.equal(parse(JSON.stringify(config), '127.0.0.1:8080').listen.port, 8080);
    assert.deepEqual(problemsOf(config, '0.0.0.0:1'), [listenKey.replace('gateway.listen', '--listen')]);
    assert.deepEqual(problemsOf(config, 'x'), [listenForm.replace('gateway.listen', '--listen')]);
  });

  test('finds its sidecar on a socket or a port', () => {
    const sidecarOf = (sidecar: string) => parse(JSON.stringify(withGateway({ sidecar }))).sidecar?.addresses;
    assert.deepEqual(sidecarOf('unix:///run//guard.sock'), [{ kind: 'unix', path: '/run/guard.sock' }]);
    assert.deepEqual(sidecarOf(`unix:/${'x'.repeat(99)}`), [{ kind: 'unix', path: `/${'x'.repeat(99)}` }]);
    assert.deepEqual(sidecarOf('localhost:50051'), [{ kind: 'tcp', host: 'localhost', port: 50051 }]);
  });
});

suite('a guard', () => {
  const refused: [guard: unknown, problem: string][] = [
    [[], 'guards.g: must be an object'],
    [{}, 'guards.g.type: is missing: write "wasm", "noop" or "write-sink"'],
    [{ type: 1 }, 'guards.g.type: must be a text that is not empty'],
    [{ ...wasm, polcy: {} }, 'unknown key guards.g.polcy: did you mean policy?'],
    [{ ...wasm, policy: [] }, 'guards.g.policy: must be an object'],
    [
      { ...wasm, policy: { 'allow-only': { repos: 'some', 'min-integrity': 'none' } } },
      'guards.g.policy.allow-only.repos: write "all", "public", or a list of scopes such as ["owner/repo", "owner/*"]',
    ],
    [{ ...wasm, backendTools: 'x' }, 'guards.g.backendTools: must be a list of texts'],
    [{ ...wasm, backendTools: [' '] }, 'guards.g.backendTools: must not hold a blank text'],
    [{ ...wasm, backendTools: ['a', 'a'] }, 'guards.g.backendTools: must name each only once'],
    [{ type: 'noop', policy: { a: 1 } }, 'guards.g.policy: a noop guard reads no policy: remove it'],
    [{ type: 'write-sink', path: 'x' }, 'unknown key guards.g.path: known keys are type, policy'],
  ];
  for (const [guard, problem] of refused) {
    test(`${JSON.stringify(guard)} is refused`, () => {
      assert.deepEqual(problemsOf({ guards: { g: guard }, mcpServers: {} }), [problem]);
    });
  }

  test('has a name of letters, digits, dots, hyphens and underscores', () => {
    for (const name of ['', '.', '..', 'a/b', 'a'.repeat(65), 'é', 'a\n']) {
      assert.equal(problemsOf({ guards: { [name]: wasm }, mcpServers: {} }).length, 1, name);
    }
    for (const name of ['a', 'A.b-c_9', 'a'.repeat(64), 'constructor']) {
      assert.deepEqual(problemsOf({ guards: { [name]: wasm }, mcpServers: {} }), [], name);
    }
    assert.deepEqual(problemsOf('{"guards": {"__proto__": {"type": "noop"}}, "mcpServers": {}}'), []);
  });

  test('of an unknown type makes its server unavailable, not the start', () => {
    const { guard } = serverOf(withServer({ guard: 'g' }, { g: { type: 'lua', script: 'x' } }));
    const reason = 'its type is none of wasm, noop and write-sink';
    assert.deepEqual(guard, { kind: 'unavailable', name: 'g', reason });
  });
});

suite('the guard of a server', () => {
  const guards = {
    bare: wasm,
    preset: { ...wasm, policy: { preset: true }, backendTools: [] },
    noop: { type: 'noop', policy: {} },
    sink: { type: 'write-sink' },
    presetSink: { type: 'write-sink', policy: sink },
  };
  const none = { file: 'g.wasm', backendTools: undefined, toolCallLimits: [] };
  const privateSink = { kind: 'write-sink', accept: ['private:a'], sinkVisibility: 'private' };
  const chosen: [name: string, server: object, guard: object][] = [
    ['is noop without a guard', {}, { kind: 'noop' }],
    ['is noop with an empty policy', { 'guard-policies': {} }, { kind: 'noop' }],
    ['is write-sink with such a policy', { 'guard-policies': sink }, privateSink],
    ['is write-sink for such a guard', { guard: 'sink', 'guard-policies': sink }, privateSink],
    ['takes the policy of its write-sink guard', { guard: 'presetSink' }, privateSink],
    ['is noop for such a guard', { guard: 'noop' }, { kind: 'noop' }],
    [
      'has an empty policy when none is given',
      { guard: 'bare' },
      { kind: 'wasm', name: 'bare', policy: {}, ...none },
    ],
    [
      'takes the policy of its guard',
      { guard: 'preset', 'guard-policies': {} },
      { kind: 'wasm', name: 'preset', policy: { preset: true }, ...none, backendTools: [] },
    ],
    [
      'takes its own policy before that of the guard',
      { guard: 'preset', 'guard-policies': { own: true } },
      { kind: 'wasm', name: 'preset', policy: { own: true }, ...none, backendTools: [] },
    ],
    [
      'gets a policy of gh-aw in normal form, without what is for the gateway',
      { guard: 'bare', 'guard-policies': { s: allowOnly } },
      {
        kind: 'wasm',
        name: 'bare',
        policy: { 'allow-only': { repos: ['a/b', 'b/*'], 'min-integrity': 'none' } },
        ...none,
        toolCallLimits: [['read', 2]],
      },
    ],
    [
      'may itself be told about a write-sink',
      { guard: 'bare', 'guard-policies': sink },
      { kind: 'wasm', name: 'bare', policy: sink, ...none },
    ],
    [
      'is a public sink when the policy says nothing else',
      { 'guard-policies': { 'write-sink': { accept: ['*'] } } },
      { kind: 'write-sink', accept: ['*'], sinkVisibility: 'public' },
    ],
  ];
  for (const [name, server, guard] of chosen) {
    test(name, () => assert.deepEqual(serverOf(withServer(server, guards)).guard, guard));
  }

  const unread = 'mcpServers.s.guard-policies: no guard reads this policy';
  const refused: [name: string, server: object, problem: string][] = [
    ['reads a policy that is there', { 'guard-policies': { a: 1 } }, unread],
    ['reads an allow-only policy', { 'guard-policies': allowOnly }, unread],
    [
      'is no noop where there is a policy',
      { guard: 'noop', 'guard-policies': sink },
      'mcpServers.s.guard-policies: a noop',
    ],
    [
      'is no write-sink without its policy',
      { guard: 'sink' },
      'mcpServers.s.guard-policies: a write-sink guard needs',
    ],
    ['is configured', { guard: 'presett' }, 'mcpServers.s.guard: no such guard: did you mean preset?'],
    [
      'is configured somewhere',
      { guard: 'elsewhere' },
      'mcpServers.s.guard: no such guard: add it to guards',
    ],
    ['is named by a text', { guard: null }, 'mcpServers.s.guard: must be a text that is not empty'],
    [
      'has an object as its policy',
      { guard: 'bare', 'guard-policies': 'all' },
      'mcpServers.s.guard-policies: must be',
    ],
    [
      'has its own part of a map of policies',
      { guard: 'bare', 'guard-policies': { t: allowOnly } },
      'mcpServers.s.guard-policies.s: write the policy of this server',
    ],
  ];
  for (const [name, server, problem] of refused) {
    test(name, () => {
      const problems = problemsOf(withServer(server, guards));
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(problem), String(problems[0]));
    });
  }

  test('keeps a sink public whose server is not reviewed, and no other', () => {
    const policy = { 'write-sink': { accept: ['private:a'] } };
    const server = { type: 'stdio', command: 'x', 'guard-policies': policy };
    const { servers } = parse(JSON.stringify({ mcpServers: { notes: server, 'safe-outputs': server } }));
    const visibilities = servers.map(({ guard }) => guard.kind === 'write-sink' && guard.sinkVisibility);
    assert.deepEqual(visibilities, ['public', null]);
  });
});

suite('a server', () => {
  const refused: [server: object, problem: string][] = [
    [{ type: undefined }, 'mcpServers.s.type: is missing: write "stdio" or "http"'],
    [{ type: 'sse' }, 'mcpServers.s.type: must be one of stdio, http'],
    [{ command: undefined }, 'mcpServers.s.command: is missing: write the program that is the server'],
    [{ args: 'x' }, 'mcpServers.s.args: must be a list of texts'],
    [{ args: ['a\0b'] }, 'mcpServers.s.args: must be a list of texts'],
    [{ env: { A: 1 } }, 'mcpServers.s.env: must be an object of texts'],
    [{ env: { 'A=B': 'x' } }, 'mcpServers.s.env: the name of a variable is not empty and has no ='],
    [{ cwd: '' }, 'mcpServers.s.cwd: must be a text that is not empty'],
    [{ tools: [] }, 'mcpServers.s.tools: is empty: name the tools, or leave it out for all of them'],
    [{ audience: 'x' }, 'mcpServers.s.audience: must be a list of texts'],
    [{ toolTimeout: -1 }, 'mcpServers.s.toolTimeout: must be a number from 0.1 to 86400'],
    [{ tool_timeout: 1 }, 'unknown key mcpServers.s.tool_timeout: did you mean toolTimeout?'],
    [{ guardPolicies: {} }, 'unknown key mcpServers.s.guardPolicies: did you mean guard-policies?'],
  ];
  for (const [server, problem] of refused) {
    test(`${JSON.stringify(server)} is refused`, () => {
      assert.deepEqual(problemsOf(withServer(server)), [problem]);
    });
  }

  const http = { type: 'http', url: 'http://localhost:1/mcp', command: undefined };
  const refusedHttp: [server: object, problem: string][] = [
    [{ url: undefined }, 'mcpServers.s.url: is missing: write the http or https address of the server'],
    [{ url: 'ftp://x' }, 'mcpServers.s.url: must be an http or https address'],
    [{ url: 'x' }, 'mcpServers.s.url: must be an http or https address'],
    [{ url: 'http://u:p@x' }, 'mcpServers.s.url: must not hold a user or a password: send them in headers'],
    [
      { headers: { 'A B': '' } },
      'mcpServers.s.headers: a header has a name without spaces and a value of one line',
    ],
    [
      { headers: { A: 'x\r\nB: y' } },
      'mcpServers.s.headers: a header has a name without spaces and a value of one line',
    ],
    [{ headers: { A: 'x', a: 'y' } }, 'mcpServers.s.headers: must name each header only once'],
    [{ urls: [] }, 'unknown key mcpServers.s.urls: did you mean url?'],
  ];
  for (const [server, problem] of refusedHttp) {
    test(`${JSON.stringify({ ...http, ...server })} is refused`, () => {
      assert.deepEqual(problemsOf(withServer({ ...http, ...server })), [problem]);
    });
  }

  test('has a name that can stand in a route', () => {
    for (const name of ['', '.', '..', 'a/b', 'a b', 'a'.repeat(65)]) {
      assert.equal(problemsOf({ mcpServers: { [name]: http } }).length, 1, name);
    }
  });

  test('starts in the folder of the configuration, where relative programs and folders begin', () => {
    const transportOf = (server: object) => serverOf(withServer(server)).transport;
    const plain = { kind: 'stdio', args: [], env: {} };
    assert.deepEqual(transportOf({}), { ...plain, command: 'run', cwd: folder });
    const relative = { ...plain, command: `${folder}/bin/run`, cwd: '/etc/work' };
    assert.deepEqual(transportOf({ command: './bin/run', cwd: '../work' }), relative);
    const absolute = { ...plain, command: '/bin/run', cwd: '/work' };
    assert.deepEqual(transportOf({ command: '/bin/run', cwd: '/work' }), absolute);
  });

  test('offers all tools when * is among them', () => {
    assert.equal(serverOf(withServer({ tools: ['read', '*'] })).tools, undefined);
  });

  test('may be kept from all secrets', () => {
    assert.deepEqual(serverOf(withServer({ audience: [] })).audience, []);
  });

  test('takes the timeout of the gateway when it has none', () => {
    const server = { type: 'stdio', command: 'x' };
    const text = JSON.stringify({ gateway: { toolTimeout: 5 }, mcpServers: { s: server } });
    assert.equal(parse(text).servers[0]?.toolTimeoutMs, 5000);
  });
});

suite('a configuration file', () => {
  async function readConfig(path: string, env: Environment, listen?: string): Promise<GatewayConfig> {
    const flags = new Map(listen === undefined ? [] : [['listen', listen]]);
    const stdin = Readable.from([]);
    const ask = () => assert.fail('nobody is asked');
    const source = { kind: 'file', path } as const;
    return (await loadConfig({ source, flags, env, stdin, ask, randomKey: '' })).config;
  }

  async function inFolder(body: (directory: string) => Promise<void>): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-config-'));
    try {
      await body(directory);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  function refusedFile(path: string, sentence: string): Promise<void> {
    return assert.rejects(
      () => readConfig(path, {}),
      (error) => error instanceof ConfigError && error.message === `cannot read ${path}: ${sentence}`,
    );
  }

  test('is read, with or without a byte order mark, and its folder is where paths start', () =>
    inFolder(async (directory) => {
      const path = join(directory, 'config.json');
      const server = { type: 'stdio', command: `\${RUN}` };
      await writeFile(path, `\uFEFF${JSON.stringify({ mcpServers: { s: server } })}`);
      const config = await readConfig(path, { RUN: './run' }, '127.0.0.1:1');
      const { transport } = config.servers[0] ?? {};
      assert.deepEqual(transport, {
        kind: 'stdio',
        command: join(directory, 'run'),
        args: [],
        env: {},
        cwd: directory,
      });
      assert.equal(config.listen.port, 1);
    }));

  test('that cannot be read is refused in one sentence', () =>
    inFolder(async (directory) => {
      const path = join(directory, 'config.json');
      await refusedFile(path, 'there is no such file');
      await refusedFile(directory, 'it is a folder');
      await writeFile(path, Buffer.from([0x7b, 0xff, 0x7d]));
      await refusedFile(path, 'it is not UTF-8');
      await writeFile(path, ' '.repeat(1024 * 1024 + 1));
      await refusedFile(path, 'it is larger than 1048576 bytes');
    }));
});
