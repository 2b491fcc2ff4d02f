/** A configuration in sentences. It never repeats a value that may be a secret: of headers and variables the names only. */
import { formatAddress } from '../config/address.ts';
import type { ExtMcpConfig } from '../config/ext-mcp-config.ts';
import type { GatewayConfig, ServerConfig, ServerGuard } from '../config/gateway-config.ts';
import type { LoadedConfig } from '../load-config.ts';
import { describeBounds } from './describe-bounds.ts';
import { describePolicy, describeSink } from './describe-policy.ts';
import { describePrivilege } from './describe-privilege.ts';

/** The lines of the explanation. */
export function explainConfig({ config, dialect, telemetry }: LoadedConfig): string[] {
  const traces = telemetry === undefined ? [] : [`traces      to ${originOf(telemetry.endpoint)}`];
  return [
    `gateway (a configuration in ${dialect === 'gh-aw' ? "gh-aw's" : "Sluice's own"} dialect)`,
    ...indented([...explainGateway(config), ...traces]),
    '',
    ...config.servers.flatMap((server) => [server.name, ...indented(explainServer(server, config)), '']),
  ];
}

function describeExtMcp({ listen, tls }: ExtMcpConfig): string {
  const security = tls === undefined ? 'plain text' : 'mutual TLS';
  return `for agentgateway, on ${formatAddress(listen)}, ${security}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function explainGateway(config: GatewayConfig): string[] {
  const { listen, tls, hosts, operators, scrapers, guardsMode, payloads, audit, sidecar, extMcp } = config;
  const transport = tls === undefined ? 'HTTP' : 'HTTPS';
  return [
    `listens on  ${formatAddress(listen)}, ${transport}`,
    ...(extMcp === undefined ? [] : [`guardrails  ${describeExtMcp(extMcp)}`]),
    `clients     ${describeClients(config)}`,
    ...(hosts.length === 0 ? [] : [`hosts       ${hosts.join(', ')}`]),
    ...(operators.length === 0 ? [] : [`operators   ${operators.join(', ')}`]),
    ...(scrapers.length === 0 ? [] : [`scrapers    ${scrapers.join(', ')}`]),
    `mode        ${guardsMode ?? "each guard's own"}`,
    ...config.privileges.map((rule) => `privilege   ${describePrivilege(rule)}`),
    `sidecar     ${describeSidecar(sidecar)}`,
    ...(payloads === undefined
      ? []
      : [`payloads    above ${payloads.thresholdBytes} bytes go to ${payloads.folder}`]),
    ...(audit === undefined
      ? []
      : [`audit       ${audit.file}${audit.required ? ', and no calls without it' : ''}`]),
  ];
}

function describeSidecar(sidecar: GatewayConfig['sidecar']): string {
  if (sidecar === undefined) return "the gateway's own";
  const security = sidecar.tls === undefined ? 'in plain text' : 'with mutual TLS';
  return `${sidecar.addresses.map(formatAddress).join(', ')}, ${security}`;
}

function describeClients({ keys, tls }: GatewayConfig): string {
  const principals = keys.map(({ principal }) => principal).join(', ');
  const ways = [
    ...(keys.length === 0 ? [] : [`need a key: ${keys.length}, of ${principals}`]),
    ...(tls?.clientAuthority === undefined ? [] : ['need a certificate']),
  ];
  return ways.length === 0 ? 'need no key: everybody is anonymous' : ways.join('; ');
}

function explainServer(server: ServerConfig, config: GatewayConfig): string[] {
  const filters = Object.keys(server.responseFilters);
  return [
    `transport   ${describeTransport(server)}`,
    ...explainGuard(server.guard, config),
    `audience    ${server.audience.includes('*') ? 'any secrecy may be sent to it' : server.audience.join(', ')}`,
    ...(server.bounds === undefined ? [] : [`bounds      ${describeBounds(server.bounds)}`]),
    `tools       ${server.tools === undefined ? 'all' : server.tools.join(', ')}`,
    `limits      ${describeLimits(server)}`,
    ...(filters.length === 0 ? [] : [`filters     of the results of ${filters.join(', ')}`]),
  ];
}

function describeTransport({ transport, connection }: ServerConfig): string {
  const shared = connection === 'shared' ? 'one connection for all' : 'a connection for each session';
  if (transport.kind === 'http') {
    const headers = Object.keys(transport.headers);
    const credentials =
      transport.credentials === undefined ? '' : `; credentials: ${transport.credentials.kind}`;
    return `HTTP to ${originOf(transport.url)}${named('headers', headers)}${credentials}; ${shared}`;
  }
  const what = transport.container === undefined ? 'the program' : 'a container, by';
  const count = transport.args.length;
  const args = `${count} ${count === 1 ? 'argument' : 'arguments'}`;
  return `${what} ${transport.command} with ${args}${named('variables', Object.keys(transport.env))}; ${shared}`;
}

/** Paths and queries of addresses may hold keys. */
function originOf(url: string): string {
  return URL.parse(url)?.origin ?? 'an address';
}

function named(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `; ${what}: ${names.join(', ')}`;
}

function explainGuard(guard: ServerGuard, { guardsMode }: GatewayConfig): string[] {
  switch (guard.kind) {
    case 'noop':
      return ['guard       noop: only for agents whose own labels allow a read-write of what is public'];
    case 'write-sink':
      return ['guard       write-sink', `policy      ${describeSink(guard)}`];
    case 'unavailable':
      return [`guard       unavailable: ${guard.reason}`];
    case 'wasm':
      return [
        `guard       ${guard.name} (${guard.file})`,
        `policy      ${describePolicy(guard.policy)}`,
        `mode        ${guardsMode === undefined ? "the guard's own" : `${guardsMode}, or stricter`}`,
      ];
  }
}

function describeLimits({ guard, toolTimeoutMs, connectTimeoutMs, rateLimitBreaker }: ServerConfig): string {
  const calls =
    guard.kind === 'wasm'
      ? guard.toolCallLimits.map(([tool, count]) => `${tool} ${count} times a session`)
      : [];
  const breaker =
    rateLimitBreaker === undefined
      ? []
      : [
          `${rateLimitBreaker.threshold} rate limits in a row pause it for ${rateLimitBreaker.cooldownMs / 1000} s`,
        ];
  return [
    `a call ${toolTimeoutMs / 1000} s`,
    `connecting ${connectTimeoutMs / 1000} s`,
    ...calls,
    ...breaker,
  ].join(', ');
}
