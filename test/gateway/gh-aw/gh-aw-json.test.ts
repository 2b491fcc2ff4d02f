/** Whole JSON configurations of gh-aw's gateway, and what they are here. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { onlyServer, problemsOf, randomKey, readJson, remote, withServers } from './gh-aw-reader.ts';

suite('the JSON of gh-aw’s gateway', () => {
  test('of its documentation is read as a whole', () => {
    const { config, guards, announcement, telemetry, notes } = readJson(
      {
        mcpServers: {
          github: {
            type: 'stdio',
            container: 'ghcr.io/github/github-mcp-server:latest',
            env: { GITHUB_PERSONAL_ACCESS_TOKEN: '' },
            'guard-policies': {
              'allow-only': { repos: ['github/gh-aw-mcpg', 'github/gh-aw'], 'min-integrity': 'unapproved' },
            },
          },
          safeoutputs: {
            type: 'http',
            url: 'http://host.docker.internal:8000/mcp',
            headers: { Authorization: `\${SAFE_OUTPUTS_KEY}` },
            'guard-policies': {
              'write-sink': { accept: ['private:github/gh-aw-mcpg', 'private:github/gh-aw'] },
            },
          },
        },
        gateway: {
          port: `\${MCP_GATEWAY_PORT}`,
          apiKey: `\${MCP_GATEWAY_API_KEY}`,
          domain: `\${MCP_GATEWAY_DOMAIN}`,
        },
      },
      {
        env: {
          MCP_GATEWAY_PORT: '8080',
          MCP_GATEWAY_API_KEY: 'a-key-of-the-tests',
          MCP_GATEWAY_DOMAIN: 'host.docker.internal',
          SAFE_OUTPUTS_KEY: 'of-the-outputs',
          GITHUB_PERSONAL_ACCESS_TOKEN: 'of-github',
        },
        flags: { listen: '0.0.0.0:8080' },
        discovered: { github: { kind: 'file', path: '/guards/github/00-github-guard.wasm' } },
      },
    );
    assert.deepEqual(config, {
      listen: { kind: 'tcp', host: '0.0.0.0', port: 8080 },
      keys: [{ principal: 'key', key: 'a-key-of-the-tests' }],
      tls: undefined,
      hosts: [],
      operators: [],
      scrapers: [],
      privileges: [],
      shutdownTimeoutMs: 30_000,
      guardsMode: undefined,
      sidecar: undefined,
      notice: 'full',
      toolTimeoutMs: 60_000,
      separator: '___',
      payloads: { folder: '/tmp/jq-payloads', pathPrefix: undefined, thresholdBytes: 524_288 },
      servers: [
        {
          name: 'github',
          transport: {
            kind: 'stdio',
            command: 'docker',
            args: [
              ...['run', '--rm', '-i', '-e', 'NO_COLOR=1', '-e', 'TERM=dumb', '-e', 'PYTHONUNBUFFERED=1'],
              ...['-e', 'GITHUB_PERSONAL_ACCESS_TOKEN', 'ghcr.io/github/github-mcp-server:latest'],
            ],
            env: { GITHUB_PERSONAL_ACCESS_TOKEN: 'of-github' },
            cwd: '/etc/gh-aw',
            container: { runtimeArgs: [], mounts: [] },
          },
          guard: {
            kind: 'wasm',
            name: 'github',
            file: '/guards/github/00-github-guard.wasm',
            policy: {
              'allow-only': { repos: ['github/gh-aw', 'github/gh-aw-mcpg'], 'min-integrity': 'unapproved' },
            },
            backendTools: undefined,
            toolCallLimits: [],
          },
          tools: undefined,
          audience: ['*'],
          integrity: ['*'],
          connection: 'session',
          connectTimeoutMs: 30_000,
          toolTimeoutMs: 60_000,
          responseFilters: {},
          bounds: undefined,
          rateLimitBreaker: { threshold: 3, cooldownMs: 60_000 },
        },
        {
          name: 'safeoutputs',
          transport: {
            kind: 'http',
            url: 'http://host.docker.internal:8000/mcp',
            headers: { Authorization: 'of-the-outputs' },
            credentials: undefined,
          },
          guard: {
            kind: 'write-sink',
            accept: ['private:github/gh-aw-mcpg', 'private:github/gh-aw'],
            sinkVisibility: null,
          },
          tools: undefined,
          audience: ['*'],
          integrity: ['*'],
          connection: 'session',
          connectTimeoutMs: 30_000,
          toolTimeoutMs: 60_000,
          responseFilters: {},
          bounds: undefined,
          rateLimitBreaker: { threshold: 3, cooldownMs: 60_000 },
        },
      ],
      guardsEnvironment: {},
    });
    assert.deepEqual(guards, {
      guards: { github: { type: 'wasm', path: '/guards/github/00-github-guard.wasm' } },
    });
    assert.deepEqual(announcement, {
      domain: 'host.docker.internal',
      port: 8080,
      authorization: 'a-key-of-the-tests',
      unified: false,
      isTls: false,
    });
    assert.equal(telemetry, undefined);
    assert.deepEqual(notes, []);
  });

  test('may set every key of its gateway', () => {
    const { config, telemetry, announcement, notes } = readJson(
      withServers(
        { files: { container: 'mcp/files' } },
        {
          gateway: {
            startupTimeout: 120,
            toolTimeout: 300,
            keepaliveInterval: -1,
            dockerless: true,
            containerRuntimeCommand: '/usr/bin/podman',
            containerRuntimeArgs: ['--url', 'unix:///run/podman.sock'],
            payloadDir: '/var/payloads',
            payloadPathPrefix: '/workspace/payloads',
            payloadSizeThreshold: 1000,
            trustedBots: ['renovate[bot]'],
            forcePublicRepos: false,
            sinkVisibilityExemptServers: ['*'],
            opentelemetry: {
              endpoint: `\${OTLP}`,
              headers: { 'x-key': 'k' },
              traceId: '4BF92F3577B34DA6A3CE929D0E0E4736',
              spanId: '00f067aa0ba902b7',
            },
          },
        },
      ),
      { env: { OTLP: 'https://otlp.example/v1' } },
    );
    assert.equal(config.toolTimeoutMs, 300_000);
    assert.deepEqual(config.payloads, {
      folder: '/var/payloads',
      pathPrefix: '/workspace/payloads',
      thresholdBytes: 1000,
    });
    const [server] = config.servers;
    assert.equal(server?.connectTimeoutMs, 120_000);
    assert.equal(server?.toolTimeoutMs, 300_000);
    assert.ok(server?.transport.kind === 'stdio');
    assert.equal(server.transport.command, '/usr/bin/podman');
    assert.deepEqual(server.transport.args.slice(0, 3), ['--url', 'unix:///run/podman.sock', 'run']);
    assert.deepEqual(telemetry, {
      endpoint: 'https://otlp.example/v1',
      headers: { 'x-key': 'k' },
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      serviceName: 'mcp-gateway',
      sampleRate: 1,
      signalPath: undefined,
      exporterTimeoutMs: 10_000,
    });
    assert.equal(announcement.port, 8080);
    assert.deepEqual(notes, [
      'gateway.keepaliveInterval: has no effect: a session that its server forgot is opened again',
    ]);
  });

  test('may set every key of a server that is a container', () => {
    const { transport } = onlyServer(
      readJson(
        withServers({
          files: {
            type: 'local',
            container: 'mcp/files:1',
            entrypoint: '/bin/serve',
            entrypointArgs: ['--root', '/data'],
            args: ['--network', 'none'],
            mounts: ['/tmp/data:/data:rw'],
            env: { LEVEL: 'debug' },
            registry: 'https://registry.example/files',
          },
        }),
      ),
    );
    assert.ok(transport.kind === 'stdio');
    assert.deepEqual(transport.args, [
      ...['run', '--rm', '-i', '-e', 'NO_COLOR=1', '-e', 'TERM=dumb', '-e', 'PYTHONUNBUFFERED=1'],
      ...['--entrypoint', '/bin/serve', '-v', '/tmp/data:/data:rw', '-e', 'LEVEL'],
      ...['--network', 'none', 'mcp/files:1', '--root', '/data'],
    ]);
    assert.equal(transport.env.LEVEL, 'debug');
  });

  test('may set every key of a server that is reached by HTTP', () => {
    const server = onlyServer(
      readJson(
        withServers({
          api: remote({
            url: 'https://api.example/mcp',
            headers: { 'X-Key': `\${KEY}`, authorization: 'the token is' },
            auth: { type: 'github-oidc', audience: 'api' },
            connectTimeout: 5,
            toolTimeout: 600,
            tools: ['get', 'put'],
            tool_response_filters: { get: '.items' },
          }),
        }),
        {
          env: {
            KEY: 'k',
            ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/',
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job',
          },
        },
      ),
    );
    assert.deepEqual(server.transport, {
      kind: 'http',
      url: 'https://api.example/mcp',
      headers: { 'X-Key': 'k' },
      credentials: {
        kind: 'github-oidc',
        audience: 'api',
        requestUrl: 'https://token.example/',
        requestToken: 'of-the-job',
      },
    });
    assert.equal(server.connectTimeoutMs, 5000);
    assert.equal(server.toolTimeoutMs, 600_000);
    assert.deepEqual(server.tools, ['get', 'put']);
    assert.deepEqual(server.responseFilters, { get: '.items' });
  });

  test('takes the older spellings of timeouts, and 0 as not given', () => {
    const server = (more: object) =>
      onlyServer(readJson(withServers({ api: remote({ ...more }) }, { gateway: { toolTimeout: 90 } })));
    assert.equal(server({ tool_timeout: 20 }).toolTimeoutMs, 20_000);
    assert.equal(server({ connect_timeout: 7 }).connectTimeoutMs, 7000);
    assert.equal(server({ toolTimeout: 0 }).toolTimeoutMs, 90_000);
  });

  test('has all tools where the list is empty or holds *', () => {
    for (const tools of [[], ['*'], ['get', '*']])
      assert.equal(onlyServer(readJson(withServers({ api: remote({ tools }) }))).tools, undefined);
  });

  test('takes programs, too, and gives them the variables whose value is empty', () => {
    const files = { command: 'bin/files', args: ['--stdio'], env: { TOKEN: '', UNSET: '', LEVEL: '1' } };
    assert.deepEqual(onlyServer(readJson(withServers({ files }), { env: { TOKEN: 't' } })).transport, {
      kind: 'stdio',
      command: '/etc/gh-aw/bin/files',
      args: ['--stdio'],
      env: { TOKEN: 't', LEVEL: '1' },
      cwd: '/etc/gh-aw',
    });
  });

  test(`fills in \${NAME} everywhere, and leaves other dollars alone`, () => {
    const server = onlyServer(
      readJson(
        withServers({ api: remote({ headers: { 'X-Key': `$\${KEY}`, 'X-Other': `\${1} $KEY $` } }) }),
        {
          env: { KEY: 'k' },
        },
      ),
    );
    assert.ok(server.transport.kind === 'http');
    assert.deepEqual(server.transport.headers, { 'X-Key': '$k', 'X-Other': `\${1} $KEY $` });
  });

  test('takes the bounds that Sluice has beyond it', () => {
    const server = onlyServer(
      readJson(
        withServers({
          api: remote({ audience: ['private:a/b'], integrity: ['approved'], connection: 'shared' }),
        }),
      ),
    );
    assert.deepEqual(server.audience, ['private:a/b']);
    assert.deepEqual(server.integrity, ['approved']);
    assert.equal(server.connection, 'shared');
  });
});

test('a gateway of gh-aw’s answers on loopback to the name that agents are told', () => {
  const hosts = (listen: string) =>
    readJson(withServers({}, { gateway: { domain: 'gateway' } }), { flags: { listen } }).config.hosts;
  assert.deepEqual(hosts('127.0.0.1:3000'), ['gateway']);
  assert.deepEqual(hosts('0.0.0.0:3000'), []);
});

suite('names of tools on /mcp', () => {
  const problem = `mcpServers.a: the name of its tool "${'x'.repeat(64)}" on /mcp would be longer than 64 characters: give the server a shorter name`;
  const value = withServers({ a: remote({ tools: ['x'.repeat(64)] }) });

  test('that cannot be are refused where agents are sent there', () => {
    assert.deepEqual(
      problemsOf(() => readJson(value, { flags: { unified: '' } })),
      [problem],
    );
  });

  test('that cannot be are no more than a note where they are not', () => {
    assert.deepEqual(readJson(value).notes, [problem]);
  });
});

suite('the key of clients', () => {
  const keyOf = (gateway: object, env = {}) => {
    const { config, announcement } = readJson(
      { gateway: { port: 1, domain: 'localhost', ...gateway }, mcpServers: {} },
      { env },
    );
    return [config.keys[0]?.key, announcement.authorization];
  };

  test('is random where none is configured, and agents are told', () => {
    assert.deepEqual(keyOf({}), [randomKey, randomKey]);
  });

  test('comes from the environment where the configuration has none', () => {
    assert.deepEqual(keyOf({}, { MCP_GATEWAY_API_KEY: 'older' }), ['older', 'older']);
    assert.deepEqual(keyOf({}, { MCP_GATEWAY_AGENT_ID: 'newer', MCP_GATEWAY_API_KEY: 'older' }), [
      'newer',
      'newer',
    ]);
    assert.deepEqual(keyOf({ agentId: 'own' }, { MCP_GATEWAY_AGENT_ID: 'newer' }), ['own', 'own']);
  });

  test('matches what clients send when it begins with Bearer', () => {
    assert.deepEqual(keyOf({ agentId: 'Bearer abc' }), ['abc', 'Bearer abc']);
  });

  test('may be short, with a warning', () => {
    const { notes } = readJson({
      gateway: { port: 1, domain: 'localhost', apiKey: 'short' },
      mcpServers: {},
    });
    assert.deepEqual(notes, ['gateway.agentId: is shorter than 16 characters: it can be guessed']);
  });
});
