import { serveStdio } from './client-endpoint/stdio-endpoint.ts';
import { runOverStdio } from './config.ts';
import type { Gateway } from './gateway.ts';
import type { Log } from './log.ts';

/** What `--stdio` is given. */
export interface StdioTerms {
  /** From `--server`; undefined: all of them, or the only one. */
  readonly server: string | undefined;
  /** Settles when the gateway is asked to stop. */
  readonly stopping: Promise<void>;
}

/**
 * Serves the client that started the gateway, on standard input and output, until it leaves or the gateway has to stop.
 * It is `anonymous`: whoever can start the process is the operator's own user. Throws one sentence where it cannot begin.
 */
export async function serveOverStdio(gateway: Gateway, terms: StdioTerms, log: Log): Promise<void> {
  const caller = { principal: 'anonymous', run: runOverStdio() };
  const openPeer = gateway.openPeer(terms.server);
  const stop = new AbortController();
  void terms.stopping.then(() => stop.abort());
  log.write('info', 'gateway serves standard input and output');
  const client = { input: process.stdin, output: process.stdout, caller, openPeer };
  await serveStdio(client, log, stop.signal);
}
