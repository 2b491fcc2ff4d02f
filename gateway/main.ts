/** The gateway: `node gateway/main.ts --config FILE [--listen 127.0.0.1:3000]`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { Gateway } from './gateway.ts';
import { Log } from './log.ts';

const usage = 'usage: sluice-gateway --config FILE [--listen HOST:PORT]';

const log = new Log(process.stderr);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, listen: { type: 'string' } } });
  if (values.config === undefined) throw new Error(usage);
  const stopping = stopRequest();
  const config = await readConfig(values.config, undefined, values.listen);
  await using gateway = await Gateway.start(config, resolve(values.config), log);
  const url = `http://${config.listen.host}:${gateway.port}`;
  log.write('info', 'gateway listens', { url });
  await stopping;
  log.write('info', 'gateway stops');
}

function stopRequest(): Promise<void> {
  const { promise, resolve: stop } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop());
  return promise;
}

// Node opens a debugger on this signal, and a guard process of the same user could send it.
process.on('SIGUSR1', () => undefined);

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
