/** The gateway: `node gateway/main.ts --config FILE [--listen 127.0.0.1:3000] [--stdio [--server NAME]]`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { Gateway } from './gateway.ts';
import { Log } from './log.ts';
import { serveOverStdio } from './serve-over-stdio.ts';

const usage = 'usage: sluice-gateway --config FILE [--listen HOST:PORT] [--stdio [--server NAME]]';

const log = new Log(process.stderr);
process.on('exit', () => log.flush());

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const options = { config: text, listen: text, stdio: { type: 'boolean' }, server: text } as const;
  const { values } = parseArgs({ options });
  if (values.config === undefined) throw new Error(usage);
  const { stdio = false, server, listen } = values;
  if (server !== undefined && !stdio)
    throw new Error('--server is for --stdio: over HTTP servers have routes');
  const stopping = stopRequest();
  const config = await readConfig(values.config, undefined, listen);
  const isListening = !stdio || listen !== undefined;
  await using gateway = await Gateway.start(config, resolve(values.config), log, { isListening });
  if (isListening) log.write('info', 'gateway listens', { url: gateway.url });
  const ending = Promise.race([stopping, gateway.closed]);
  await (stdio ? serveOverStdio(gateway, { server, stopping: ending }, log) : ending);
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
