/** The gateway: `node gateway/main.ts --config FILE [--listen 127.0.0.1:3000] [--stdio [--server NAME]]`, `check FILE`, `explain`, or `audit`. */
import { randomBytes } from 'node:crypto';
import { auditCommand } from './audit/audit-command.ts';
import { checkConfig } from './check/check-config.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import { ConfigError } from './config/config-error.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { ownEnvironment, telemetryEnvironment, wantsColour } from './config.ts';
import { explainCommand } from './explain/explain-command.ts';
import { Gateway } from './gateway.ts';
import { GuardsFile } from './gh-aw/guards-file.ts';
import type { Flags } from './gh-aw/outside-settings.ts';
import { startupDocument } from './gh-aw/startup-document.ts';
import { askWorkflowRepository } from './gh-aw/workflow-repository.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from './load-config.ts';
import { Log } from './log.ts';
import { logSettings } from './log-settings.ts';
import { type GuardsPlace, reloadConfig } from './reload-config.ts';
import { ReloadTriggers } from './reload-triggers.ts';
import { faultOf } from './said-of.ts';
import { serveOverStdio } from './serve-over-stdio.ts';
import { ghAwSettings } from './telemetry/gh-aw-settings.ts';
import { sidecarVariables } from './telemetry/sidecar-variables.ts';
import { type TelemetrySettings, telemetrySettings } from './telemetry/telemetry-settings.ts';
import { startTelemetry } from './telemetry.ts';
import { wordsOf } from './words-of.ts';

const log = new Log(process.stderr);
process.on('exit', () => log.flush());
// Node would print the message of the error, which may quote a payload.
process.on('uncaughtException', (error) => {
  log.write('error', 'the gateway ends: an error that nobody foresaw', faultOf(error));
  process.exit(1);
});

async function main(): Promise<number> {
  const [word, ...rest] = process.argv.slice(2);
  if (word === 'audit') return await auditCommand(rest, { output: process.stdout, load: loadToReport });
  const { command, ...given } = readCommandLine(process.argv.slice(2));
  log.settings = logSettings(given.flags, {
    isTerminal: process.stderr.isTTY === true,
    wantsColour: wantsColour(),
  });
  const options = optionsOf(given);
  if (command === 'check') return await checkConfig(options, process.stdout);
  if (command === 'explain') return await explain(options);
  await serve(options);
  return 0;
}

/** As a part of the configuration: what is wrong with it is a ConfigError, too. */
function readCommandLine(args: readonly string[]): CommandLine {
  try {
    return parseCommandLine(args);
  } catch (error) {
    throw new ConfigError([wordsOf(error)]);
  }
}

function optionsOf(given: Pick<LoadOptions, 'source' | 'flags'>): LoadOptions {
  const randomKey = randomBytes(32).toString('hex');
  return {
    ...given,
    env: ownEnvironment(),
    stdin: process.stdin,
    ask: askWorkflowRepository,
    randomKey,
  };
}

/** Of the configuration that a trail is replayed under; nobody is asked over the network. */
async function loadToReport(path: string): Promise<GatewayConfig> {
  const options = optionsOf({ source: { kind: 'file', path }, flags: new Map() });
  return (await loadConfig({ ...options, ask: async () => ({ kind: 'none' }) })).config;
}

async function explain(options: LoadOptions): Promise<number> {
  const stopping = new AbortController();
  void stopRequest().then(() => stopping.abort());
  const loaded = await loadConfig(options);
  for (const note of loaded.notes) log.write('warn', note);
  await using guards = await guardsFileOf(loaded);
  const { flags } = options;
  const terms = { flags, config: loaded.config, guardsFile: guards.path, output: process.stdout, log };
  return await explainCommand(terms, stopping.signal);
}

async function serve(options: LoadOptions): Promise<void> {
  const { flags } = options;
  const stopping = stopRequest();
  using triggers = new ReloadTriggers(log);
  // Before it is read: what changes from then on must not be missed.
  if (options.source.kind === 'file') await triggers.watch(options.source.path);
  const loaded = await loadConfig(options);
  for (const note of loaded.notes) log.write('warn', note);
  const isListening = !flags.has('stdio') || flags.has('listen');
  await using guards = await guardsFileOf(loaded);
  const told = telemetryOf(loaded, options);
  await using telemetry = await startTelemetry(told, log);
  await using gateway = await Gateway.start(loaded.config, guards.path, log, {
    isListening,
    writeMetrics: telemetry.serveMetrics,
    telemetry: { ...telemetryEnvironment(), ...sidecarVariables(told) },
  });
  if (isListening) announce(loaded, gateway, flags);
  triggers.start(() => reloadConfig(gateway, { options, guards }, log));
  const ending = Promise.race([stopping, gateway.closed]);
  await (flags.has('stdio')
    ? serveOverStdio(gateway, { server: flags.get('server'), stopping: ending }, log)
    : ending);
  log.write('info', 'gateway stops');
  endWithin(loaded.shutdownTimeoutMs);
}

/** What a sidecar of the gateway's own reads its guards from. */
async function guardsFileOf({
  guards,
}: LoadedConfig): Promise<AsyncDisposable & GuardsPlace & { readonly path: string }> {
  if (guards.kind === 'object') return await GuardsFile.write(guards.value);
  return { path: guards.path, [Symbol.asyncDispose]: async () => undefined };
}

/** A configuration of gh-aw's says where its traces go; variables come before it. */
function telemetryOf({ telemetry }: LoadedConfig, { env }: LoadOptions): TelemetrySettings {
  const settings = telemetrySettings(env, 'sluice-gateway');
  return telemetry === undefined ? settings : ghAwSettings(telemetry, settings);
}

function announce({ config, announcement }: LoadedConfig, { port, url }: Gateway, flags: Flags): void {
  log.write('info', 'gateway listens', { url });
  // Standard output is the client's with --stdio.
  if (announcement === undefined || flags.has('stdio')) return;
  process.stdout.write(startupDocument(config, announcement, port));
}

/** Whatever has not ended by then is left to the system. */
function endWithin(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  const end = () => {
    log.write('error', `the gateway did not stop within ${timeoutMs} ms`);
    process.exit(1);
  };
  setTimeout(end, timeoutMs).unref();
}

function stopRequest(): Promise<void> {
  const { promise, resolve: stop } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop());
  return promise;
}

// Node opens a debugger on this signal, and a guard process of the same user could send it.
process.on('SIGUSR1', () => undefined);

/** Words whose exit code is a verdict: for `explain` 2 means denied, so what kept it from judging is 1. */
const reports: readonly string[] = ['check', 'explain', 'audit'];

/** 2 where starting it again changes nothing: whatever watches the gateway is told so by this code (docs/operating.md). */
function exitCodeOf(error: unknown): number {
  const isReport = process.argv.slice(2).some((word) => reports.includes(word));
  return error instanceof ConfigError && !isReport ? 2 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${wordsOf(error)}\n`);
  process.exit(exitCodeOf(error));
}
