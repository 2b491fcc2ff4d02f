/** The sidecar: `node sidecar/main.ts --config FILE --listen unix:/path|host:port`. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { GuardCatalog } from './guard-catalog.ts';
import { listenAddress } from './listen-address.ts';
import { Log } from './log.ts';
import { SidecarServer } from './server.ts';

const usage = 'usage: sluice-sidecar --config FILE --listen unix:/path|host:port';

const log = new Log(process.stderr);

// A process of the same user, a guard process included, could otherwise have Node open its debugger by this signal.
process.on('SIGUSR1', () => undefined);

async function main(): Promise<void> {
  const options = parseOptions();
  const address = listenAddress(options.listen);
  const config = await readConfig(options.config);
  // From here on, so that nothing is left behind when the request comes while guards are still loading.
  const stopping = stopRequest(options.stopsWithStdin);
  await using catalog = await GuardCatalog.load(config, log, stopping);
  if (stopping.aborted) return;
  const server = new SidecarServer(catalog, log);
  const port = await server.listen(address);
  log.write('info', 'sidecar listens', {
    address: address.startsWith('unix:') ? address : address.replace(/\d+$/, String(port)),
  });
  if (!stopping.aborted) await once(stopping, 'abort');
  log.write('info', 'sidecar stops');
  await server.stop();
}

interface Options {
  readonly config: string;
  readonly listen: string;
  /** The process that started us holds the other end of standard input: when it dies, we have nobody to serve. */
  readonly stopsWithStdin: boolean;
}

function parseOptions(): Options {
  const options = {
    config: { type: 'string' },
    listen: { type: 'string' },
    'stop-with-stdin': { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options });
  if (values.config === undefined || values.listen === undefined) throw new Error(usage);
  return { config: values.config, listen: values.listen, stopsWithStdin: values['stop-with-stdin'] === true };
}

function stopRequest(stopsWithStdin: boolean): AbortSignal {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  if (stopsWithStdin) process.stdin.once('end', stop).once('error', stop).resume();
  return stopping.signal;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  log.write('error', error instanceof Error ? error.message : String(error));
  process.exit(1);
}
