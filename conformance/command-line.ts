import { parseArgs } from 'node:util';
import type { TimeLimits } from './run-checks.ts';

/** What cannot be used: one sentence for whoever typed it. */
export class UsageError extends Error {}

/** The files of mutual TLS. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The name that the other side's certificate must have; undefined: its host's. */
  readonly serverName: string | undefined;
}

/** How tool calls are made through a gateway under test. */
export type CallWay =
  | { readonly kind: 'mcp'; readonly url: URL }
  /** A command of the shell, which gets the tool's name and its arguments as two further words. */
  | { readonly kind: 'command'; readonly command: string };

/** Who is tested. */
export type Target =
  | { readonly kind: 'sidecar'; readonly guard: string; readonly tls: TlsFiles | undefined }
  | {
      readonly kind: 'gateway';
      readonly way: CallWay;
      /** Where the kit's MCP server listens: `host:port`. */
      readonly tools: { readonly host: string; readonly port: number };
    };

/** What the kit is told. */
export interface CommandLine {
  readonly target: Target;
  /** Of the sidecar: the one under test, or the one that the kit plays. */
  readonly address: string;
  /** Only checks whose id begins so. */
  readonly only: string;
  readonly isJson: boolean;
  readonly limits: TimeLimits;
}

const usage = [
  'usage: sluice conformance --address unix:/path|host:port [--guard NAME] [--tls-ca FILE --tls-cert FILE --tls-key FILE [--tls-server-name NAME]]',
  '       sluice conformance --gateway --address unix:/path|host:port --tools host:port (--mcp URL | --call COMMAND)',
  '       both: [--only ID] [--json] [--time-limit SECONDS]',
].join('\n');

/** A check waits for what takes a machine some milliseconds, and for a guard’s deadline at the most: 5 s by default. */
const checkMs = 20_000;
/** A run has some hundred checks, of which most take milliseconds. */
const defaultTotalSeconds = 600;

/**
 * Reads the command line, without the program's own name.
 *
 * @throws UsageError where it cannot be used
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const values = read(args);
  const { address } = values;
  if (address === undefined) throw new UsageError(usage);
  const seconds = Number(values['time-limit'] ?? defaultTotalSeconds);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new UsageError('--time-limit is a whole number of seconds');
  return {
    target: values.gateway === true ? gatewayTarget(values) : sidecarTarget(values),
    address: expectAddress(address),
    only: values.only ?? '',
    isJson: values.json === true,
    limits: { checkMs, totalMs: seconds * 1000 },
  };
}

type Values = ReturnType<typeof read>;

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        address: { type: 'string' },
        guard: { type: 'string' },
        'tls-ca': { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'tls-server-name': { type: 'string' },
        gateway: { type: 'boolean' },
        tools: { type: 'string' },
        mcp: { type: 'string' },
        call: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'boolean' },
        'time-limit': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function sidecarTarget(values: Values): Target {
  for (const name of ['tools', 'mcp', 'call'] as const)
    if (values[name] !== undefined) throw new UsageError(`--${name} goes with --gateway only`);
  return { kind: 'sidecar', guard: values.guard ?? 'conformance', tls: tlsFiles(values) };
}

function gatewayTarget(values: Values): Target {
  for (const name of ['guard', 'tls-ca', 'tls-cert', 'tls-key', 'tls-server-name'] as const)
    if (values[name] !== undefined) throw new UsageError(`--${name} does not go with --gateway`);
  return { kind: 'gateway', way: callWay(values), tools: hostAndPort(values.tools) };
}

function callWay({ mcp, call }: Values): CallWay {
  if ((mcp === undefined) === (call === undefined))
    throw new UsageError('--gateway needs one of --mcp URL and --call COMMAND, to make tool calls by');
  if (call !== undefined) return { kind: 'command', command: call };
  const url = URL.parse(mcp ?? '');
  if (url === null) throw new UsageError('--mcp must be a URL, such as http://127.0.0.1:3000/mcp/kit');
  return { kind: 'mcp', url };
}

function tlsFiles(values: Values): TlsFiles | undefined {
  const { 'tls-ca': ca, 'tls-cert': cert, 'tls-key': key, 'tls-server-name': serverName } = values;
  if (ca !== undefined && cert !== undefined && key !== undefined) return { ca, cert, key, serverName };
  if (ca === undefined && cert === undefined && key === undefined && serverName === undefined)
    return undefined;
  throw new UsageError('--tls-ca, --tls-cert and --tls-key go together');
}

function expectAddress(address: string): string {
  if (/^unix:\/./.test(address) || /^(\[[^\]]+\]|[^:/]+):\d{1,5}$/.test(address)) return address;
  throw new UsageError('--address must be unix:/path or host:port');
}

function hostAndPort(tools: string | undefined): { host: string; port: number } {
  const [, host, port] = /^(\[[^\]]+\]|[^:/]+):(\d{1,5})$/.exec(tools ?? '') ?? [];
  if (host === undefined || port === undefined)
    throw new UsageError(
      '--gateway needs --tools host:port, where the server behind the gateway listens: the kit’s',
    );
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
