/** What is wrong with a configuration of gh-aw's gateway, in the words that its operator reads. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject } from '../../../gateway/policy/json-value.ts';
import { type Around, problemsOf, readJson, remote, withServers } from './gh-aw-reader.ts';

type Case = readonly [about: string, value: JsonObject, problems: readonly string[], around?: Around];

const gateway = (settings: JsonObject) => withServers({}, { gateway: settings });
const server = (settings: JsonObject) => withServers({ x: settings });

const cases: readonly Case[] = [
  [
    'no gateway and no servers',
    {},
    [
      'gateway.domain: is missing: write the name that agents reach the gateway by, such as "localhost"',
      'gateway.port: is missing: write the port that agents reach the gateway by',
      'mcpServers: is missing: name the servers',
    ],
  ],
  [
    'a key that nobody knows',
    { ...gateway({}), mcpServer: {} },
    ['unknown key mcpServer: did you mean mcpServers?'],
  ],
  [
    'a misspelt key of the gateway',
    gateway({ toolTimeuot: 60 }),
    ['unknown key gateway.toolTimeuot: did you mean toolTimeout?'],
  ],
  [
    'the key of TOML',
    gateway({ payload_dir: '/p' }),
    ['unknown key gateway.payload_dir: did you mean payloadDir?'],
  ],
  [
    'a port that is none',
    gateway({ port: 70_000 }),
    ['gateway.port: must be a whole number from 1 to 65535'],
  ],
  [
    'a port that is a word',
    gateway({ port: 'http' }),
    ['gateway.port: must be a whole number from 1 to 65535'],
  ],
  [
    'a domain with dots',
    gateway({ domain: 'gateway.example' }),
    ['gateway.domain: must be localhost, host.docker.internal or one word of a-z, 0-9 and hyphens'],
  ],
  [
    'a domain in capitals',
    gateway({ domain: 'Gateway' }),
    ['gateway.domain: must be localhost, host.docker.internal or one word of a-z, 0-9 and hyphens'],
  ],
  [
    'two keys of clients',
    gateway({ apiKey: 'another-key-of-the-tests' }),
    ['gateway.apiKey: is the older name of agentId: write one of them'],
  ],
  ['an empty key', gateway({ agentId: '' }), ['gateway.agentId: must be a text that is not empty']],
  [
    'a key that fits into no header',
    gateway({ agentId: 'schlüssel' }),
    ['gateway.agentId: must be printable ASCII without spaces at its ends'],
  ],
  [
    'an undefined variable',
    gateway({ agentId: `\${NOWHERE}` }),
    ['gateway.agentId: variable NOWHERE is not defined: set it in the environment'],
  ],
  [
    'timeouts out of range',
    gateway({ startupTimeout: 0, toolTimeout: 9, keepaliveInterval: -2 }),
    [
      'gateway.startupTimeout: must be a number from 1 to 86400',
      'gateway.toolTimeout: must be a number from 10 to 86400',
      'gateway.keepaliveInterval: must be a whole number from -1 to 86400',
    ],
  ],
  [
    'payloads in a relative folder',
    gateway({ payloadDir: 'payloads', payloadSizeThreshold: 0 }),
    [
      'gateway.payloadDir: must be an absolute path',
      'gateway.payloadSizeThreshold: must be a whole number from 1 to 1073741824',
    ],
  ],
  [
    'no bot among the trusted',
    gateway({ trustedBots: [] }),
    ['gateway.trustedBots: is empty: name a bot, or leave it out'],
  ],
  [
    'docker without docker',
    gateway({ dockerless: true, containerRuntime: 'docker' }),
    ['gateway.containerRuntime: is docker, and dockerless forbids it: write podman, or leave one out'],
  ],
  [
    'another runtime',
    gateway({ containerRuntime: 'lxc' }),
    ['gateway.containerRuntime: must be one of docker, podman'],
  ],
  [
    'traces to nowhere',
    gateway({ opentelemetry: { traceId: '0'.repeat(32), spanId: 'abc' } }),
    [
      'gateway.opentelemetry.endpoint: is missing: write the http or https address of an OTLP collector',
      'gateway.opentelemetry.traceId: must be 32 hex digits, not all of them 0',
      'gateway.opentelemetry.spanId: must be 16 hex digits, not all of them 0',
    ],
  ],
  [
    'traces to a file',
    gateway({ opentelemetry: { endpoint: 'file:///x', headers: 'a' } }),
    [
      'gateway.opentelemetry.endpoint: must be an http or https address',
      'gateway.opentelemetry.headers: must be key=value,key2=value2',
    ],
  ],
  [
    'what only TOML has',
    gateway({ opentelemetry: { endpoint: 'http://a', sampleRate: 1 } }),
    [
      'unknown key gateway.opentelemetry.sampleRate: known keys are endpoint, headers, traceId, spanId, serviceName',
    ],
  ],
  [
    'schemas to fetch',
    { ...gateway({}), customSchemas: { own: 'https://schemas.example/own.json' } },
    ['customSchemas.own: schemas are not fetched and servers of custom types not supported: remove it'],
  ],
  [
    'a server of a custom type',
    { ...server({ type: 'own' }), customSchemas: { own: '' } },
    [
      'mcpServers.x.type: must be stdio or http: types of customSchemas are not supported',
      'mcpServers.x.command: is missing: name the container or the program that is the server',
    ],
  ],
  [
    'a process without a program',
    server({ type: 'stdio' }),
    ['mcpServers.x.command: is missing: name the container or the program that is the server'],
  ],
  [
    'a container and a program',
    server({ container: 'mcp/x', command: 'x' }),
    ['mcpServers.x.command: is for programs: a server with a container has none'],
  ],
  [
    'mounts of a program',
    server({ command: 'x', mounts: ['/a:/b:ro'], entrypoint: 'y' }),
    [
      'mcpServers.x.entrypoint: is for servers with a container',
      'mcpServers.x.mounts: is for servers with a container',
    ],
  ],
  [
    'a remote server without an address',
    server({ type: 'http' }),
    ['mcpServers.x.url: is missing: write the http or https address of the server'],
  ],
  [
    'keys of a process in a remote server',
    server(remote({ env: {} })),
    [
      'unknown key mcpServers.x.env: known keys are type, tools, toolTimeout, tool_timeout, registry, guard-policies, guard, tool_response_filters, audience, bounds, integrity, connection, url, headers, auth, connectTimeout, connect_timeout',
    ],
  ],
  [
    'another way to authenticate',
    server(remote({ auth: { type: 'oauth' } })),
    ['mcpServers.x.auth.type: must be github-oidc'],
  ],
  [
    'one timeout twice',
    server(remote({ toolTimeout: 60, tool_timeout: 60 })),
    ['mcpServers.x.tool_timeout: is the same as toolTimeout: write one of them'],
  ],
  [
    'a breaker, which only TOML has',
    server(remote({ rate_limit_threshold: 3 })),
    [
      'unknown key mcpServers.x.rate_limit_threshold: known keys are type, tools, toolTimeout, tool_timeout, registry, guard-policies, guard, tool_response_filters, audience, bounds, integrity, connection, url, headers, auth, connectTimeout, connect_timeout',
    ],
  ],
  [
    'a guard that there is not',
    { ...server(remote({ guard: 'gihtub' })), guards: { github: { type: 'noop' } } },
    ['mcpServers.x.guard: no such guard: did you mean github?'],
  ],
  [
    'a guard without its file',
    { ...server(remote({ guard: 'own' })), guards: { own: { type: 'wasm' } } },
    ['guards.own.path: is missing: write where the .wasm file is'],
  ],
  [
    'a guard with keys of nobody’s',
    { ...gateway({}), guards: { own: { type: 'noop', polcy: {} } } },
    ['unknown key guards.own.polcy: did you mean policy?'],
  ],
  [
    'a policy that cannot be used',
    server(remote({ 'guard-policies': { 'allow-only': { repos: 'some' } } })),
    [
      'mcpServers.x.guard-policies.allow-only.repos: write "all", "public", or a list of scopes such as ["owner/repo", "owner/*"]',
    ],
  ],
  [
    'a domain of the environment that is none',
    { mcpServers: {}, gateway: { port: 1 } },
    ['gateway.domain: must be localhost, host.docker.internal or one word of a-z, 0-9 and hyphens'],
    { env: { MCP_GATEWAY_DOMAIN: 'a.b' } },
  ],
  [
    'a port of the environment that is none',
    { mcpServers: {}, gateway: { domain: 'a' } },
    ['MCP_GATEWAY_PORT: must be a whole number from 1 to 65535'],
    { env: { MCP_GATEWAY_PORT: '0' } },
  ],
  [
    'a runtime and roots of the environment that are none',
    gateway({}),
    [
      'MCP_GATEWAY_CONTAINER_RUNTIME: must be one of docker, podman',
      'MCP_GATEWAY_ALLOWED_MOUNT_ROOTS: must be /path:ro or /path:rw, several with commas between',
    ],
    { env: { MCP_GATEWAY_CONTAINER_RUNTIME: 'lxc', MCP_GATEWAY_ALLOWED_MOUNT_ROOTS: '/a:ro,b' } },
  ],
];

suite('a configuration of gh-aw’s gateway is refused', () => {
  for (const [about, value, problems, around] of cases) {
    test(`with ${about}`, () =>
      assert.deepEqual(
        problemsOf(() => readJson(value, around)),
        problems,
      ));
  }

  test('without a value in any sentence', () => {
    const secrets = {
      ...withServers({
        x: remote({ url: 'nowhere:secret', headers: { 'a b': 'secret' }, toolTimeout: 'secret' }),
      }),
      guards: { own: { type: 'wasm', path: 7, policy: { 'allow-only': { repos: 'secret' } } } },
    };
    for (const problem of problemsOf(() => readJson(secrets))) assert.doesNotMatch(problem, /secret/);
  });
});
