import type { ServerConfig } from '../config/gateway-config.ts';
import type { Log } from '../log.ts';
import { FallbackTransport } from './fallback-transport.ts';
import type { MakeTransport } from './server-transport.ts';
import { StdioTransport } from './stdio-transport.ts';

interface Surroundings {
  /** What the process of a server gets beside its own variables, which come first. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the standard error of servers goes. */
  readonly log: Log;
}

/** Makes transports to a configured server: a process of ours, or HTTP, streamable or of 2024-11-05. */
export function transportMaker(
  { name, transport }: Pick<ServerConfig, 'name' | 'transport'>,
  { environment, log }: Surroundings,
): MakeTransport {
  if (transport.kind === 'http') return (listener) => new FallbackTransport(transport, listener);
  const program = { ...transport, env: { ...environment, ...transport.env } };
  const logLine = (line: string) => log.write('info', line, { server: name });
  return (listener) => new StdioTransport(program, listener, logLine);
}
