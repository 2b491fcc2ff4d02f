/** Whole TOML configurations of gh-aw's gateway, and what they are here. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { onlyServer, problemsOf, randomKey, readToml } from './gh-aw-reader.ts';

suite('the TOML of gh-aw’s gateway', () => {
  test('of its documentation is read as a whole', () => {
    const { config, announcement, notes } = readToml(
      `
      [gateway]
      port = 3000
      api_key = ""
      domain = ""
      startup_timeout = 60
      tool_timeout = 120

      [servers.github]
      command = "docker"
      args = ["run", "--rm", "-i", "-e", "GITHUB_PERSONAL_ACCESS_TOKEN", "-e", "NO_COLOR=1", "ghcr.io/github/github-mcp-server"]
      tools = ["*"]

      [servers.github.env]
      GITHUB_PERSONAL_ACCESS_TOKEN = ""

      [servers.safeoutputs]
      command = "docker"
      args = ["run", "--rm", "-i", "ghcr.io/github/safe-outputs:latest"]

      [servers.safeoutputs.guard_policies.write-sink]
      Accept = ["private:github/gh-aw"]
      `,
      { env: { GITHUB_PERSONAL_ACCESS_TOKEN: 'of-github' } },
    );
    const [github, outputs] = config.servers;
    assert.deepEqual(github?.transport, {
      kind: 'stdio',
      command: 'docker',
      args: [
        ...['run', '--rm', '-i', '-e', 'GITHUB_PERSONAL_ACCESS_TOKEN', '-e', 'NO_COLOR=1'],
        'ghcr.io/github/github-mcp-server',
      ],
      env: { GITHUB_PERSONAL_ACCESS_TOKEN: 'of-github' },
      cwd: '/etc/gh-aw',
      container: { runtimeArgs: [], mounts: [] },
    });
    assert.deepEqual([github?.connectTimeoutMs, github?.toolTimeoutMs], [60_000, 120_000]);
    assert.deepEqual(github?.guard, { kind: 'noop' });
    assert.deepEqual(outputs?.guard, {
      kind: 'write-sink',
      accept: ['private:github/gh-aw'],
      sinkVisibility: null,
    });
    assert.deepEqual(announcement, {
      domain: undefined,
      port: 3000,
      authorization: randomKey,
      unified: false,
      isTls: false,
    });
    assert.deepEqual(notes, []);
  });

  test('may set every key', () => {
    const { config, telemetry, guards, notes } = readToml(
      `
      guards_mode = "filter"
      sequential_launch = true

      [gateway]
      port = 8080
      domain = "localhost"
      agent_id = "a-key-of-the-tests"
      container_runtime = "podman"
      container_runtime_args = ["--remote"]
      keepalive_interval = 60
      payload_dir = "/var/payloads"
      payload_path_prefix = "/payloads"
      payload_size_threshold = 2048
      trusted_bots = ["renovate[bot]"]
      force_public_repos = true
      sink_visibility_exempt_servers = ["outbox"]

      [gateway.tracing]
      endpoint = "\${OTLP}"
      headers = "a=1,b=2"
      trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
      span_id = "00f067aa0ba902b7"
      service_name = "ours"
      sample_rate = 0.5
      signal_path = "/traces"
      exporter_timeout = 3

      [servers.api]
      type = "http"
      url = "https://api.example/mcp"
      headers = { X-Key = "\${KEY}" }
      auth = { type = "github-oidc" }
      tools = ["get"]
      tool_response_filters = { get = ".items" }
      registry = "https://registry.example/api"
      guard = "own"
      connect_timeout = 4
      tool_timeout = 30
      rate_limit_threshold = 5
      rate_limit_cooldown = 90
      working_directory = "/srv"

      [servers.api.guard_policies.allow-only]
      repos = "all"
      min-integrity = "approved"

      [guards.own]
      type = "wasm"
      path = "own.wasm"
      sha256 = "${'ab'.repeat(32)}"

      [guards.own.config]
      nobody = "reads it"
      `,
      {
        env: {
          OTLP: 'http://127.0.0.1:4318',
          ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/',
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't',
        },
      },
    );
    assert.equal(config.guardsMode, 'filter');
    const [api] = config.servers;
    // Variables are filled in for traces only.
    assert.deepEqual(api?.transport, {
      kind: 'http',
      url: 'https://api.example/mcp',
      headers: { 'X-Key': `\${KEY}` },
      credentials: {
        kind: 'github-oidc',
        audience: 'https://api.example/mcp',
        requestUrl: 'https://token.example/',
        requestToken: 't',
      },
    });
    assert.deepEqual(api?.guard, {
      kind: 'wasm',
      name: 'own',
      file: '/etc/gh-aw/own.wasm',
      policy: {
        'allow-only': { repos: 'all', 'min-integrity': 'approved' },
        'trusted-bots': ['renovate[bot]'],
      },
      backendTools: undefined,
      toolCallLimits: [],
    });
    assert.deepEqual(api?.rateLimitBreaker, { threshold: 5, cooldownMs: 90_000 });
    assert.deepEqual([api?.connectTimeoutMs, api?.toolTimeoutMs], [4000, 30_000]);
    assert.deepEqual(telemetry, {
      endpoint: 'http://127.0.0.1:4318',
      headers: { a: '1', b: '2' },
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      serviceName: 'ours',
      sampleRate: 0.5,
      signalPath: '/traces',
      exporterTimeoutMs: 3000,
    });
    assert.deepEqual(guards, {
      guards: { own: { type: 'wasm', path: '/etc/gh-aw/own.wasm', sha256: 'ab'.repeat(32) } },
    });
    assert.deepEqual(notes, [
      'gateway.keepalive_interval: has no effect: a session that its server forgot is opened again',
      'sequential_launch: has no effect: servers are started when they are first called',
      'guards.own.config: has no effect: nobody reads it: what a guard is to know belongs into its policy',
      'servers.api.working_directory: has no effect: programs run in the folder of the configuration',
    ]);
  });

  test('may have a server without any section for the gateway', () => {
    const server = onlyServer(readToml('[servers.api]\nurl = "http://127.0.0.1:9/mcp"'));
    assert.equal(server.transport.kind, 'http');
  });

  const refusals: readonly (readonly [about: string, text: string, problems: readonly string[]])[] = [
    ['no TOML', 'a = \n', ['the configuration is no TOML: line 1, column 5: invalid value']],
    [
      'a key twice',
      'key = "secret"\nkey = "secret"',
      [
        'the configuration is no TOML: line 2, column 1: trying to redefine an already defined table or value',
      ],
    ],
    [
      'a date',
      '[servers]\n[gateway]\nport = 1979-05-27',
      [
        'gateway.port: no key takes a date or such a number: write a text',
        'gateway.port: must be a whole number from 1 to 65535',
      ],
    ],
    [
      'keys as JSON spells them',
      '[servers]\n[gateway]\ntoolTimeout = 60',
      ['unknown key gateway.toolTimeout: did you mean tool_timeout?'],
    ],
    [
      'two names of one section',
      '[servers]\n[gateway.tracing]\nendpoint = "http://a"\n[gateway.opentelemetry]\nendpoint = "http://a"',
      ['gateway.tracing: is the older name of opentelemetry: write one of them'],
    ],
    ['no servers', 'guards_mode = "filter"', ['servers: is missing: name the servers']],
    [
      'the table of JSON',
      '[mcpServers]',
      ['unknown key mcpServers: did you mean servers?', 'servers: is missing: name the servers'],
    ],
    [
      'a runtime that is not the configured one',
      '[gateway]\ncontainer_runtime = "podman"\n[servers.x]\ncommand = "docker"\nargs = ["run", "image"]',
      ['servers.x.command: must be the client of the container runtime'],
    ],
  ];
  for (const [about, text, problems] of refusals) {
    test(`is refused with ${about}`, () =>
      assert.deepEqual(
        problemsOf(() => readToml(text)),
        problems,
      ));
  }

  test('holds the command line of a container against the mount policy', () => {
    for (const option of ['"-v", "/etc:/host:ro"', '"--privileged"', '"--mount=type=bind,src=/,dst=/host"']) {
      const text = `[servers.x]\ncommand = "docker"\nargs = ["run", ${option}, "image"]`;
      const [problem = '', ...others] = problemsOf(() => readToml(text));
      assert.match(problem, /^servers\.x\.args(\[\d+\])?: /, option);
      assert.deepEqual(others, []);
    }
  });
});
