/** The sidecar: `node sidecar/main.ts --config FILE --listen unix:/path|host:port`. */
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { GuardCatalog } from './guard-catalog.ts';
import { listenAddress } from './listen-address.ts';
import { Log } from './log.ts';
import { SidecarServer } from './server.ts';

const usage = 'usage: sluice-sidecar --config FILE --listen unix:/path|host:port';

const log = new Log(process.stderr);

async function main(): Promise<void> {
  const options = parseOptions();
  const address = listenAddress(options.listen);
  const config = await readConfig(options.config);
  // From here on, so that nothing is left behind when the request comes while guards are still loading.
  const stopping = stopRequest(options.stopsWithStdin);
  await using catalog = await GuardCatalog.load(config, log);
  const server = new SidecarServer(catalog, log);
  const port = await server.listen(address);
  log.write('info', 'sidecar listens', {
    address: address.startsWith('unix:') ? address : address.replace(/\d+$/, String(port)),
  });
  await stopping;
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

function stopRequest(stopsWithStdin: boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  if (stopsWithStdin)
    process.stdin
      .once('end', resolve)
      .once('error', () => resolve())
      .resume();
  return promise;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  log.write('error', error instanceof Error ? error.message : String(error));
  process.exit(1);
}
