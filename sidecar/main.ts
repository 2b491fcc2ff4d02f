/** The sidecar: `node sidecar/main.ts --config FILE --listen unix:/path|host:port`. */
import { once } from 'node:events';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import { ConfigError } from './config/config-error.ts';
import { readConfig, readTelemetrySettings, wantsColour } from './config.ts';
import { faultOf } from './fault-of.ts';
import { CatalogAdministration } from './guard/catalog-administration.ts';
import { GuardCatalog } from './guard/guard-catalog.ts';
import { ReloadTriggers } from './guard/reload-triggers.ts';
import { Log } from './log.ts';
import { logSettings } from './log-settings.ts';
import { type CommandPrefix, endWithParent } from './process/end-with-parent.ts';
import { proveKill, startEndlessGuest } from './process/prove-kill.ts';
import { tellOfGuards } from './telemetry/guard-figures.ts';
import { startTelemetry } from './telemetry.ts';

const log = new Log(process.stderr);
const place = { isTerminal: process.stderr.isTTY === true, wantsColour: wantsColour() };
log.settings = logSettings({}, place);

// Node would print the message of the error, which may quote a payload.
process.on('uncaughtException', (error) => {
  log.write('error', 'the sidecar ends: an error that nobody foresaw', faultOf(error));
  process.exit(1);
});

// A process of the same user, a guard process included, could otherwise have Node open its debugger by this signal.
process.on('SIGUSR1', () => undefined);

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2), place);
  log.settings = options.log;
  // From here on, so that nothing is left behind when the request comes while guards are still loading.
  const stopping = stopRequest(options.stopsWithStdin);
  try {
    await serve(options, stopping);
  } catch (error) {
    // Whatever was still to be started was given up.
    if (error !== stopping.reason) throw error;
  }
}

/** Serves until the signal, whose reason it may throw as long as it has not come so far. */
async function serve(options: CommandLine, stopping: AbortSignal): Promise<void> {
  const config = await readConfig(options.config);
  const telemetry = readTelemetrySettings();
  using triggers = new ReloadTriggers(log);
  const commandPrefix = await orphanProtection();
  await using _telemetry = await startTelemetry(telemetry, log);
  // The processes first: they come up on other cores while this one loads gRPC, and nobody is served before the proof.
  const { promise: started, resolve: onStarted } = Promise.withResolvers<void>();
  await using catalog = new GuardCatalog({ log, commandPrefix, stopping });
  const [, , { SidecarServer }] = await Promise.all([
    catalog.apply(config, onStarted),
    started.then(() => proveKill(stopping, (signal) => startEndlessGuest(commandPrefix, signal))),
    started.then(() => import('./service/server.ts')),
  ]);
  stopping.throwIfAborted();
  tellOfGuards(() => catalog.guards);
  const administration = new CatalogAdministration(catalog, () => readConfig(options.config));
  await using server = new SidecarServer({ catalog, administration, log });
  await server.listen(options);
  triggers.start(async () => {
    await server.renewTls();
    await administration.reload();
  });
  const tlsFiles = Object.values(options.tls ?? {});
  if (options.watches) triggers.watch(() => [options.config, ...catalog.paths, ...tlsFiles]);
  if (!stopping.aborted) await once(stopping, 'abort');
}

/** What the kernel needs to be told so that it kills guard processes when this one dies. */
async function orphanProtection(): Promise<CommandPrefix> {
  const prefix = await endWithParent();
  // With the first process of a container, all others end.
  if (prefix === undefined && process.pid !== 1)
    log.write(
      'warn',
      'a guard that loops would outlive a sidecar that is killed: install setpriv (util-linux)',
    );
  return prefix ?? [];
}

function stopRequest(stopsWithStdin: boolean): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  stopping.signal.addEventListener('abort', () => log.write('info', 'sidecar stops'));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  if (stopsWithStdin) process.stdin.once('end', stop).once('error', stop).resume();
  return stopping.signal;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  log.write('error', error instanceof Error ? error.message : String(error));
  // 2: starting it again changes nothing. Whatever watches it is told so by this code (docs/operating.md).
  process.exit(error instanceof ConfigError ? 2 : 1);
}
