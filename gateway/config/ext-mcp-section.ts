import { formatAddress, isLoopback, parseSocketAddress, parseTcpAddress } from './address.ts';
import { maxSocketPathBytes } from './config-limits.ts';
import type { ExtMcpConfig, MutualTls } from './ext-mcp-config.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from './section.ts';
import { textAt, textMapAt } from './section-values.ts';
import { readTls } from './tls-settings.ts';

/**
 * Reads `extMcp`; nothing where it is not asked for. `listen`, from the command line, stands in for `extMcp.listen`, and asks
 * for it.
 */
export function readExtMcp(gateway: Section, listen: string | undefined): ExtMcpConfig | undefined {
  if (listen === undefined && valueAt(gateway, 'extMcp') === undefined) return undefined;
  const empty = { value: {}, path: 'gateway.extMcp', reading: gateway.reading };
  const section = sectionAt(gateway, 'extMcp') ?? empty;
  refuseUnknownKeys(section, ['listen', 'tls', 'principal', 'run', 'targets']);
  const tls = readMutualTls(section);
  const address = readListen(section, listen);
  const named = {
    principalKey: textAt(section, 'principal') ?? 'principal',
    runKey: textAt(section, 'run') ?? 'run',
    targets: textMapAt(section, 'targets'),
  };
  return address && { listen: address, tls, ...named };
}

/** Names of servers in `targets` that are not configured: one sentence each. */
export function extMcpProblems(
  config: ExtMcpConfig | undefined,
  servers: readonly { readonly name: string }[],
): readonly string[] {
  const known = servers.map(({ name }) => name).sort();
  const wrong = Object.entries(config?.targets ?? {}).filter(([, server]) => !known.includes(server));
  return wrong.map(
    ([target, server]) =>
      `gateway.extMcp.targets: ${JSON.stringify(target)} is the server ${JSON.stringify(server)}, which is not configured; there are: ${known.join(', ')}`,
  );
}

function readMutualTls(section: Section): MutualTls | undefined {
  const { certificate, privateKey, clientAuthority } = readTls(section) ?? {};
  if (certificate === undefined || privateKey === undefined) return undefined;
  if (clientAuthority !== undefined) return { certificate, privateKey, clientAuthority };
  report(
    section,
    'tls',
    'needs clientAuthority, too: whoever calls says who its agents are, so it must show a certificate',
  );
  return undefined;
}

function readListen(section: Section, override: string | undefined): ExtMcpConfig['listen'] | undefined {
  const text = override ?? textAt(section, 'listen');
  const address = text === undefined ? undefined : (parseSocketAddress(text) ?? parseTcpAddress(text));
  const problem =
    address === undefined ? wrongForm : unsafeListening(address, valueAt(section, 'tls') !== undefined);
  if (problem === undefined) return address;
  if (override === undefined) report(section, 'listen', problem);
  else section.reading.problems.push(`--ext-mcp-listen: ${problem}`);
  return undefined;
}

const wrongForm = `must be unix:/absolute/path, at most ${maxSocketPathBytes} bytes long, or host:port, such as 127.0.0.1:4445`;

/** Why an address must not be listened on as it is: whoever reaches it says who its callers are. */
function unsafeListening(address: ExtMcpConfig['listen'], hasTls: boolean): string | undefined {
  if (address.kind === 'unix')
    return hasTls
      ? 'TLS is for host:port: leave tls out, the folder of a Unix socket says who may connect'
      : undefined;
  if (hasTls || isLoopback(address.host)) return undefined;
  return `other machines can reach ${formatAddress(address)}: write tls with certificate, privateKey and clientAuthority, or listen on 127.0.0.1 or a Unix socket`;
}
