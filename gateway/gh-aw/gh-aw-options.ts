import { parseTcpAddress, type TcpAddress } from '../config/address.ts';
import { payloadThresholdRange, toolTimeoutRange } from '../config/config-limits.ts';
import type { Environment } from '../config/expand-variables.ts';
import type { AllowOnlyPolicy } from '../policy/allow-only.ts';
import { parsePolicy } from '../policy/policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { policyFromShortcut } from '../policy/shortcut.ts';
import { type Flags, type Given, OutsideSettings } from './outside-settings.ts';
import { readShutdownTimeout } from './shutdown-timeout.ts';
import { type OtlpSettings, readOtlpSettings } from './telemetry-settings.ts';

/** What flags and variables say about a configuration of gh-aw's, before or beside what it says itself (compat.md 1.6). */
export interface GhAwOptions {
  readonly listen: TcpAddress;
  /** Which of the two forms the document on standard output has; both routes are there always. */
  readonly unified: boolean;
  readonly guardsMode: 'strict' | 'filter' | 'propagate' | undefined;
  /** Stands for the policy of every server whose guard is WASM. */
  readonly policy: AllowOnlyPolicy | undefined;
  readonly payloadFolder: Given | undefined;
  readonly payloadPathPrefix: Given | undefined;
  readonly payloadThresholdBytes: number | undefined;
  readonly tls: TlsFiles | undefined;
  readonly toolTimeoutSeconds: number | undefined;
  readonly shutdownTimeoutMs: number | undefined;
  readonly otlp: OtlpSettings;
  /** False: `MCP_GATEWAY_FORCE_PUBLIC_REPOS` switches the override of policies off. */
  readonly forcePublicRepos: boolean;
  /** What was given and has no effect here, one sentence each. */
  readonly notes: readonly string[];
}

/** Files in PEM. */
export interface TlsFiles {
  readonly certificate: Given;
  readonly privateKey: Given;
  readonly clientAuthority: Given | undefined;
}

/** Settings of which nothing is left to do: what they were for is not there, and nothing depends on it. */
const withoutEffect: readonly (readonly [
  flag: string | undefined,
  variable: string | undefined,
  why: string,
])[] = [
  ['sequential-launch', undefined, 'servers are started when they are first called'],
  ['verbose', undefined, 'write --log-level debug instead: the log on standard error has more then'],
  [undefined, 'MCP_GATEWAY_LOG_DIR', 'the log goes to standard error: redirect it'],
  [undefined, 'MCP_GATEWAY_WASM_CACHE_DIR', 'guards are compiled in memory, within milliseconds'],
  [undefined, 'MCP_GATEWAY_SESSION_TIMEOUT', 'sessions end by limits of our own'],
  [undefined, 'MCP_GATEWAY_GUARDS_SINK_SERVER_IDS', 'the log never holds the tags of agents'],
  [undefined, 'GH_AW_OTLP_ENDPOINTS', 'set OTEL_EXPORTER_OTLP_ENDPOINT'],
];

/** Variables that ask for something which nobody must believe to be there. */
const refusedVariables = [
  [
    'MCP_GATEWAY_HMAC_SECRET',
    'signed requests are not supported: unset it, and use keys or client certificates',
  ],
  ['MCP_GATEWAY_URL_DOMAIN_AUDIT', 'the audit of domains is not supported: unset it'],
] as const;

/** Reads flags and variables; what is wrong with them is added to `problems`. */
export function readGhAwOptions(flags: Flags, env: Environment, problems: string[]): GhAwOptions {
  const settings = new OutsideSettings(flags, env);
  refuseVariables(settings);
  const guardrails = settings.given('ext-mcp-listen');
  if (guardrails !== undefined) settings.refuse(guardrails, "is for Sluice's own configurations");
  const threshold = settings.given('payload-size-threshold', 'MCP_GATEWAY_PAYLOAD_SIZE_THRESHOLD');
  const toolTimeout = settings.given(undefined, 'MCP_GATEWAY_TOOL_TIMEOUT');
  const options: GhAwOptions = {
    listen: readListen(settings),
    unified: flags.has('unified'),
    guardsMode: settings.word(settings.given('guards-mode', 'MCP_GATEWAY_GUARDS_MODE'), [
      'strict',
      'filter',
      'propagate',
    ]),
    policy: readPolicy(settings),
    payloadFolder: settings.given('payload-dir', 'MCP_GATEWAY_PAYLOAD_DIR'),
    payloadPathPrefix: settings.given('payload-path-prefix', 'MCP_GATEWAY_PAYLOAD_PATH_PREFIX'),
    payloadThresholdBytes: settings.number(threshold, payloadThresholdRange),
    tls: readTlsFiles(settings),
    toolTimeoutSeconds: settings.number(toolTimeout, { ...toolTimeoutRange, minimum: minToolTimeoutSeconds }),
    shutdownTimeoutMs: readShutdownTimeout(settings),
    otlp: readOtlpSettings(settings),
    forcePublicRepos: settings.switch(undefined, 'MCP_GATEWAY_FORCE_PUBLIC_REPOS') ?? true,
    notes: readNotes(flags, settings),
  };
  problems.push(...settings.problems);
  return options;
}

/** gh-aw's own lower bound of every tool timeout, in seconds. */
export const minToolTimeoutSeconds = 10;

function refuseVariables(settings: OutsideSettings): void {
  for (const [variable, sentence] of refusedVariables) {
    const given = settings.given(undefined, variable);
    if (given !== undefined && given.text !== 'false') settings.refuse(given, sentence);
  }
}

function readListen(settings: OutsideSettings): TcpAddress {
  const usual: TcpAddress = { kind: 'tcp', host: '127.0.0.1', port: 3000 };
  const given = settings.given('listen');
  if (given === undefined) return usual;
  // As Go reads it: without a host it is every address of the machine.
  const text = given.text.startsWith(':') ? `0.0.0.0${given.text}` : given.text;
  return (
    parseTcpAddress(text) ?? settings.refuse(given, 'must be host:port, such as 127.0.0.1:3000') ?? usual
  );
}

function readPolicy(settings: OutsideSettings): AllowOnlyPolicy | undefined {
  const json = settings.given('guard-policy-json', 'MCP_GATEWAY_GUARD_POLICY_JSON');
  try {
    return (json === undefined ? policyOfShortcut(settings) : policyOfJson(settings, json)) ?? undefined;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    settings.problems.push(error.message);
    return undefined;
  }
}

function policyOfShortcut(settings: OutsideSettings): AllowOnlyPolicy | null {
  const text = (flag: string, variable: string) => settings.given(flag, variable)?.text ?? '';
  return policyFromShortcut({
    public: settings.switch('allowonly-scope-public', 'MCP_GATEWAY_ALLOWONLY_SCOPE_PUBLIC') ?? false,
    owner: text('allowonly-scope-owner', 'MCP_GATEWAY_ALLOWONLY_SCOPE_OWNER'),
    repo: text('allowonly-scope-repo', 'MCP_GATEWAY_ALLOWONLY_SCOPE_REPO'),
    minIntegrity: text('allowonly-min-integrity', 'MCP_GATEWAY_ALLOWONLY_MIN_INTEGRITY'),
  });
}

function policyOfJson(settings: OutsideSettings, given: Given): AllowOnlyPolicy | undefined {
  const value = parsedJson(given.text);
  if (value === undefined) return settings.refuse(given, 'must be a JSON object');
  const policy = parsePolicy({ value, path: given.name });
  if (policy.kind === 'allow-only') return policy;
  return settings.refuse(
    given,
    'a write-sink policy belongs to one server: write it into its guard-policies',
  );
}

function parsedJson(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own error quotes the text.
    return undefined;
  }
}

function readTlsFiles(settings: OutsideSettings): TlsFiles | undefined {
  const certificate = settings.given('tls-cert', 'MCP_GATEWAY_TLS_CERT');
  const privateKey = settings.given('tls-key', 'MCP_GATEWAY_TLS_KEY');
  const clientAuthority = settings.given('tls-ca', 'MCP_GATEWAY_CA_CERT');
  if (certificate !== undefined && privateKey !== undefined)
    return { certificate, privateKey, clientAuthority };
  const alone = certificate ?? privateKey ?? clientAuthority;
  if (alone !== undefined) settings.refuse(alone, 'TLS needs both --tls-cert and --tls-key');
  return undefined;
}

function readNotes(flags: Flags, settings: OutsideSettings): string[] {
  return withoutEffect.flatMap(([flag, variable, why]) => {
    if (flag !== undefined && flags.has(flag)) return [`--${flag}: has no effect: ${why}`];
    return settings.given(undefined, variable) ? [`${variable}: has no effect: ${why}`] : [];
  });
}
