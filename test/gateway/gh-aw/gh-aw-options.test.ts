import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readGhAwOptions } from '../../../gateway/gh-aw/gh-aw-options.ts';
import { problemsOf, readJson, remote, withServers } from './gh-aw-reader.ts';

type Texts = Readonly<Record<string, string>>;

function options(flags: Texts, env: Texts = {}) {
  const problems: string[] = [];
  return { ...readGhAwOptions(new Map(Object.entries(flags)), env, problems), problems };
}

suite('flags and variables of gh-aw’s gateway', () => {
  test('listen as Go does', () => {
    const listen = (text: string) => options({ listen: text }).listen;
    assert.deepEqual(options({}).listen, { kind: 'tcp', host: '127.0.0.1', port: 3000 });
    assert.deepEqual(listen('0.0.0.0:8000'), { kind: 'tcp', host: '0.0.0.0', port: 8000 });
    assert.deepEqual(listen(':8000'), { kind: 'tcp', host: '0.0.0.0', port: 8000 });
  });

  test('come before the configuration, flags before variables', () => {
    const gateway = { payloadDir: '/config', payloadPathPrefix: '/config', payloadSizeThreshold: 1 };
    const value = withServers({}, { gateway });
    const env = {
      MCP_GATEWAY_PAYLOAD_DIR: '/variable',
      MCP_GATEWAY_PAYLOAD_PATH_PREFIX: '/variable',
      MCP_GATEWAY_PAYLOAD_SIZE_THRESHOLD: '2',
    };
    const flags = { 'payload-dir': '/flag', 'payload-path-prefix': '/flag', 'payload-size-threshold': '3' };
    const payloads = (around: object) => readJson(value, around).config.payloads;
    assert.deepEqual(payloads({}), { folder: '/config', pathPrefix: '/config', thresholdBytes: 1 });
    assert.deepEqual(payloads({ env }), { folder: '/variable', pathPrefix: '/variable', thresholdBytes: 2 });
    assert.deepEqual(payloads({ env, flags }), { folder: '/flag', pathPrefix: '/flag', thresholdBytes: 3 });
  });

  test('say how long a call may take only where the configuration does not', () => {
    const env = { MCP_GATEWAY_TOOL_TIMEOUT: '300' };
    const timeout = (gateway: object) =>
      readJson(withServers({}, { gateway: { ...gateway } }), { env }).config.toolTimeoutMs;
    assert.equal(timeout({}), 300_000);
    assert.equal(timeout({ toolTimeout: 20 }), 20_000);
  });

  test('set the mode as a floor', () => {
    assert.equal(options({}).guardsMode, undefined);
    assert.equal(options({}, { MCP_GATEWAY_GUARDS_MODE: 'Filter' }).guardsMode, 'filter');
    assert.equal(
      options({ 'guards-mode': 'strict' }, { MCP_GATEWAY_GUARDS_MODE: 'filter' }).guardsMode,
      'strict',
    );
  });

  const policies: readonly (readonly [
    about: string,
    flags: Texts,
    env: Texts,
    policy: object | undefined,
  ])[] = [
    ['nothing', {}, {}, undefined],
    [
      'public',
      { 'allowonly-scope-public': '', 'allowonly-min-integrity': 'none' },
      {},
      { scope: 'public', scopes: [], minIntegrity: 'none' },
    ],
    [
      'an owner',
      { 'allowonly-scope-owner': 'acme', 'allowonly-min-integrity': 'merged' },
      {},
      { scope: 'scoped', scopes: ['acme/*'], minIntegrity: 'merged' },
    ],
    [
      'a repository, by variables',
      {},
      {
        MCP_GATEWAY_ALLOWONLY_SCOPE_OWNER: 'acme',
        MCP_GATEWAY_ALLOWONLY_SCOPE_REPO: 'web',
        MCP_GATEWAY_ALLOWONLY_MIN_INTEGRITY: 'approved',
      },
      { scope: 'scoped', scopes: ['acme/web'], minIntegrity: 'approved' },
    ],
    [
      'JSON, which comes before shortcuts',
      {
        'guard-policy-json': '{"allow-only":{"repos":"all","min-integrity":"none"}}',
        'allowonly-scope-public': '',
      },
      {},
      { scope: 'all', scopes: [], minIntegrity: 'none' },
    ],
  ];
  for (const [about, flags, env, policy] of policies) {
    test(`give the policy of ${about}`, () => {
      const { policy: given, problems } = options(flags, env);
      assert.deepEqual(problems, []);
      assert.deepEqual(given, policy && { kind: 'allow-only', ...policy });
    });
  }

  test('give durations as Go spells them', () => {
    const within = (text: string) => options({ 'shutdown-timeout': text }).shutdownTimeoutMs;
    assert.deepEqual(
      ['5s', '1m30s', '1.5s', '250ms', '2h'].map(within),
      [5000, 90_000, 1500, 250, 7_200_000],
    );
    assert.equal(options({}, { MCP_GATEWAY_SHUTDOWN_TIMEOUT: '7s' }).shutdownTimeoutMs, 7000);
  });

  test('say where traces go, before the configuration', () => {
    const value = withServers(
      {},
      { gateway: { opentelemetry: { endpoint: 'http://config', serviceName: 'config' } } },
    );
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://variable',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=b',
      OTEL_SERVICE_NAME: 'variable',
    };
    const flags = { 'otlp-endpoint': 'http://flag', 'otlp-service-name': 'flag', 'otlp-sample-rate': '0.25' };
    const { endpoint, headers, serviceName, sampleRate } = readJson(value, { env, flags }).telemetry ?? {};
    assert.deepEqual([endpoint, headers, serviceName, sampleRate], ['http://flag', { a: 'b' }, 'flag', 0.25]);
    assert.equal(readJson(value, { env }).telemetry?.endpoint, 'http://variable');
    assert.equal(readJson(withServers({}), { env }).telemetry?.serviceName, 'variable');
    assert.equal(readJson(value).telemetry?.endpoint, 'http://config');
  });

  const refusals: readonly (readonly [flags: Texts, env: Texts, problem: string])[] = [
    [{ listen: 'nowhere' }, {}, '--listen: must be host:port, such as 127.0.0.1:3000'],
    [{ 'guards-mode': 'loose' }, {}, '--guards-mode: must be one of strict, filter, propagate'],
    [
      {},
      { MCP_GATEWAY_GUARDS_MODE: 'loose' },
      'MCP_GATEWAY_GUARDS_MODE: must be one of strict, filter, propagate',
    ],
    [{ 'guard-policy-json': '{' }, {}, '--guard-policy-json: must be a JSON object'],
    [
      { 'guard-policy-json': '{"write-sink":{"accept":["*"]}}' },
      {},
      '--guard-policy-json: a write-sink policy belongs to one server: write it into its guard-policies',
    ],
    [
      { 'guard-policy-json': '{"allow-only":{"repos":"all"}}' },
      {},
      '--guard-policy-json.allow-only.min-integrity: write one of none, unapproved, approved, merged',
    ],
    [{ 'allowonly-scope-repo': 'web' }, {}, 'allow-only scope: name the owner of the repository'],
    [
      {},
      { MCP_GATEWAY_ALLOWONLY_SCOPE_PUBLIC: 'perhaps' },
      'MCP_GATEWAY_ALLOWONLY_SCOPE_PUBLIC: must be true or false',
    ],
    [
      { 'payload-size-threshold': '0' },
      {},
      '--payload-size-threshold: must be a number from 1 to 1073741824',
    ],
    [{ 'payload-dir': 'relative' }, {}, '--payload-dir: must be an absolute path'],
    [{}, { MCP_GATEWAY_TOOL_TIMEOUT: '9' }, 'MCP_GATEWAY_TOOL_TIMEOUT: must be a number from 10 to 86400'],
    [
      { 'shutdown-timeout': '5' },
      {},
      '--shutdown-timeout: must be a duration such as 5s or 1m30s, a day at most',
    ],
    [{ 'tls-cert': 'cert.pem' }, {}, '--tls-cert: TLS needs both --tls-cert and --tls-key'],
    [{}, { MCP_GATEWAY_CA_CERT: 'ca.pem' }, 'MCP_GATEWAY_CA_CERT: TLS needs both --tls-cert and --tls-key'],
    [{ 'otlp-sample-rate': '2' }, {}, '--otlp-sample-rate: must be a number from 0 to 1'],
    [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' },
      'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https address',
    ],
    [
      {},
      { MCP_GATEWAY_HMAC_SECRET: 'secret' },
      'MCP_GATEWAY_HMAC_SECRET: signed requests are not supported: unset it, and use keys or client certificates',
    ],
    [
      {},
      { MCP_GATEWAY_URL_DOMAIN_AUDIT: 'true' },
      'MCP_GATEWAY_URL_DOMAIN_AUDIT: the audit of domains is not supported: unset it',
    ],
  ];
  for (const [flags, env, problem] of refusals) {
    test(`are refused: ${problem}`, () => {
      assert.deepEqual(
        problemsOf(() => readJson(withServers({ x: remote() }), { flags, env })),
        [problem],
      );
    });
  }

  test('without effect are named', () => {
    const env = {
      MCP_GATEWAY_LOG_DIR: '/logs',
      MCP_GATEWAY_WASM_CACHE_DIR: '/cache',
      MCP_GATEWAY_SESSION_TIMEOUT: '6h',
      MCP_GATEWAY_GUARDS_SINK_SERVER_IDS: 'a',
      GH_AW_OTLP_ENDPOINTS: '[]',
    };
    assert.deepEqual(options({ verbose: '', 'sequential-launch': '' }, env).notes, [
      '--sequential-launch: has no effect: servers are started when they are first called',
      '--verbose: has no effect: write --log-level debug instead: the log on standard error has more then',
      'MCP_GATEWAY_LOG_DIR: has no effect: the log goes to standard error: redirect it',
      'MCP_GATEWAY_WASM_CACHE_DIR: has no effect: guards are compiled in memory, within milliseconds',
      'MCP_GATEWAY_SESSION_TIMEOUT: has no effect: sessions end by limits of our own',
      'MCP_GATEWAY_GUARDS_SINK_SERVER_IDS: has no effect: the log never holds the tags of agents',
      'GH_AW_OTLP_ENDPOINTS: has no effect: set OTEL_EXPORTER_OTLP_ENDPOINT',
    ]);
  });
});
