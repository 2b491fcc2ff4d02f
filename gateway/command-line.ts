/** The command line of the gateway, which takes the flags of gh-aw's MCP gateway, too (docs/switching-from-gh-aw.md). */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearestWord } from './config/nearest-word.ts';

/** What to do, and with which flags: by name without dashes; a switch that is on has an empty text. */
export interface CommandLine {
  readonly command: 'serve' | 'check' | 'explain';
  readonly source: ConfigSource;
  readonly flags: ReadonlyMap<string, string>;
}

/** Where the configuration comes from. */
export type ConfigSource = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stdin' };

const usage =
  'usage: sluice-gateway --config FILE | --config-stdin [--listen HOST:PORT] [--stdio [--server NAME]] [--ext-mcp-listen unix:/path|HOST:PORT] [--log-level debug|info|warn|error] [--log-format json|text] [--log-payloads], or sluice-gateway check FILE, or sluice-gateway explain --config FILE --server NAME --tool NAME [--args JSON], or sluice-gateway audit verify FILE..., or sluice-gateway audit report FILE...';

const text = { type: 'string' } as const;
const on = { type: 'boolean' } as const;

/** Flags that do something, with whatever dialect the configuration is written in. */
const flags = {
  config: { ...text, short: 'c' },
  'config-stdin': on,
  listen: { ...text, short: 'l' },
  'ext-mcp-listen': text,
  env: text,
  stdio: on,
  server: text,
  'shutdown-timeout': text,
  verbose: { ...on, short: 'v' },
  'log-level': text,
  'log-format': text,
  'log-payloads': on,
} as const;

/** Flags of `explain`, beside `--server`. */
const explainFlags = {
  tool: text,
  args: text,
  result: text,
  as: text,
  principal: text,
  'backend-reads': on,
  json: on,
} as const;

/** Flags that stand for something in a configuration of gh-aw's. */
export const ghAwFlags = {
  routed: on,
  unified: on,
  'validate-env': on,
  'sequential-launch': on,
  'guards-mode': text,
  'guard-policy-json': text,
  'allowonly-scope-public': on,
  'allowonly-scope-owner': text,
  'allowonly-scope-repo': text,
  'allowonly-min-integrity': text,
  'payload-dir': text,
  'payload-path-prefix': text,
  'payload-size-threshold': text,
  'tls-cert': text,
  'tls-key': text,
  'tls-ca': text,
  'otlp-endpoint': text,
  'otlp-service-name': text,
  'otlp-sample-rate': text,
} as const;

/** Flags of gh-aw's gateway that are not supported, and what to do instead. */
const refusedFlags: Readonly<Record<string, string>> = {
  'hmac-secret': 'signed requests are not supported: use keys or client certificates (--tls-ca)',
  'url-domain-audit': 'the audit of domains is not supported: leave it out',
  'log-dir': 'the log goes to standard error: redirect it',
  'wasm-cache-dir': 'guards are compiled in memory, within milliseconds: leave it out',
  'guards-sink-server-ids': 'the log never holds the tags of agents: leave it out',
};

/** Sub-commands of gh-aw's gateway. */
const refusedCommands: Readonly<Record<string, string>> = {
  proxy: 'is not supported: put the GitHub MCP server behind the gateway, in mcpServers',
  completion: 'is not supported: there are no completions for shells',
};

const options: NonNullable<ParseArgsConfig['options']> = {
  ...flags,
  ...explainFlags,
  ...ghAwFlags,
  ...Object.fromEntries(Object.keys(refusedFlags).map((name) => [name, text] as const)),
};

/**
 * Reads the command line, without the program's own name.
 *
 * @throws Error one sentence for whoever started the gateway
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind === 'option') addFlag(given, token);
  }
  refuseTogether(given, 'routed', 'unified');
  refuseTogether(given, 'stdio', 'config-stdin');
  const asked = commandIn(words, given);
  if (asked.command !== 'explain') refuseExplainFlags(given);
  return { ...asked, flags: given };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

function addFlag(given: Map<string, string>, { name, rawName, value }: OptionToken): void {
  const refusal = Object.hasOwn(refusedFlags, name) ? refusedFlags[name] : undefined;
  if (refusal !== undefined) throw new Error(`--${name}: ${refusal}`);
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) throw new Error(unknownFlag(rawName, name));
  if (option.type === 'string' && !value) throw new Error(`--${name}: needs a value`);
  if (name !== 'verbose' && given.has(name)) throw new Error(`--${name}: stands twice: write it once`);
  if (option.type === 'boolean' && value !== undefined) addSwitch(given, name, value);
  else given.set(name, value ?? '');
}

/** gh-aw's gateway takes `--unified=true`, too. */
function addSwitch(given: Map<string, string>, name: string, value: string): void {
  if (value !== 'true' && value !== 'false') throw new Error(`--${name}: is a switch and takes no value`);
  if (value === 'true') given.set(name, '');
}

function unknownFlag(rawName: string, name: string): string {
  const nearest = nearestWord(name, Object.keys(options));
  return `unknown option ${rawName}: ${nearest === undefined ? usage : `did you mean --${nearest}?`}`;
}

function refuseTogether(given: ReadonlyMap<string, string>, one: string, other: string): void {
  if (given.has(one) && given.has(other)) throw new Error(`--${other}: write either it or --${one}`);
}

function refuseExplainFlags(given: ReadonlyMap<string, string>): void {
  if (given.has('server') && !given.has('stdio'))
    throw new Error('--server is for --stdio: over HTTP servers have routes');
  const foreign = Object.keys(explainFlags).find((name) => given.has(name));
  if (foreign !== undefined) throw new Error(`--${foreign} is for explain: ${usage}`);
}

function commandIn(
  [word, file, ...rest]: readonly string[],
  given: ReadonlyMap<string, string>,
): Pick<CommandLine, 'command' | 'source'> {
  const refusal =
    word !== undefined && Object.hasOwn(refusedCommands, word) ? refusedCommands[word] : undefined;
  if (refusal !== undefined) throw new Error(`the sub-command ${word} ${refusal}`);
  if (word !== undefined && word !== 'check' && word !== 'explain')
    throw new Error(`unknown command ${word}: ${usage}`);
  if (word === 'check') {
    if (file === undefined || rest.length > 0 || given.has('config') || given.has('config-stdin'))
      throw new Error(`check takes one file: ${usage}`);
    return { command: 'check', source: { kind: 'file', path: file } };
  }
  if (file !== undefined)
    throw new Error(`${word} takes no word ${file}: what belongs to a flag stands in one pair of quotes`);
  refuseTogether(given, 'config', 'config-stdin');
  const command = word ?? 'serve';
  const path = given.get('config');
  if (path !== undefined) return { command, source: { kind: 'file', path } };
  if (given.has('config-stdin')) return { command, source: { kind: 'stdin' } };
  throw new Error(usage);
}
