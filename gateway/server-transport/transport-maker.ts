import type { ServerConfig, StdioConfig } from '../config/gateway-config.ts';
import type { Log } from '../log.ts';
import { saidOf } from '../said-of.ts';
import { attribute } from '../telemetry/attributes.ts';
import { count } from '../telemetry/instruments.ts';
import { ContainerTransport } from './container-transport.ts';
import { FallbackTransport } from './fallback-transport.ts';
import { type HttpWay, httpWay } from './http-way.ts';
import { LimitedOpening } from './limited-opening.ts';
import type { OpenTransports } from './open-transports.ts';
import { type NoteEnd, PacedTransport } from './paced-transport.ts';
import { inSeconds, RestartPause } from './restart-pause.ts';
import type { MakeTransport } from './server-transport.ts';
import { StdioTransport } from './stdio-transport.ts';

interface Surroundings {
  /** What the process of a server gets beside its own variables, which come first. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the standard error of servers goes. */
  readonly log: Log;
  /** Where all transports are to be found that hold something. */
  readonly open?: OpenTransports | undefined;
  /** The way to a server over HTTP, where others have it, too. */
  readonly http?: HttpWay | undefined;
}

type Server = Pick<ServerConfig, 'name' | 'transport' | 'connectTimeoutMs'>;

/**
 * Makes transports to a configured server: a process of ours, a container, or HTTP, streamable or of 2024-11-05. What is
 * learned of the server in one connection (that it ends at once, that it is not there) holds for all of this maker's.
 */
export function transportMaker(server: Server, surroundings: Surroundings): MakeTransport {
  const { transport, connectTimeoutMs } = server;
  const make =
    transport.kind === 'http'
      ? httpMaker(surroundings.http ?? httpWay(transport, connectTimeoutMs))
      : pacedMaker(transport, server.name, surroundings);
  const limited: MakeTransport = (listener) => new LimitedOpening(make, connectTimeoutMs, listener);
  return surroundings.open?.tracked(limited) ?? limited;
}

function pacedMaker(config: StdioConfig, name: string, surroundings: Surroundings): MakeTransport {
  const makeProgram = programMaker(config, name, surroundings);
  const pause = new RestartPause();
  const named = { [attribute.server]: name };
  count('serverExits', 0, named);
  const noteEnd: NoteEnd = (error, pauseMs) => {
    count('serverExits', 1, named);
    const next = pauseMs === 0 ? '' : `; the next start waits ${inSeconds(pauseMs)}`;
    const said = lastLines(error.cause);
    const details = said === '' ? {} : { details: said };
    surroundings.log.write('warn', `${saidOf(error).words}${next}`, { server: name, ...details });
  };
  return (listener) => new PacedTransport({ makeProgram, pause }, listener, noteEnd);
}

function httpMaker({ address, patience }: HttpWay): MakeTransport {
  return (listener) => new FallbackTransport(address, listener, patience);
}

function programMaker(config: StdioConfig, name: string, { environment, log }: Surroundings): MakeTransport {
  const { container, ...plain } = config;
  const program = { ...plain, env: { ...environment, ...plain.env } };
  const line = (text: string) => log.quote('info', text, { server: name });
  if (container === undefined) return (listener) => new StdioTransport(program, listener, line);
  const warn = (message: string) => log.write('warn', message, { server: name });
  const { mounts, runtimeArgs } = container;
  const run = { serverName: name, program: { ...program, mounts, runAt: runtimeArgs.length } };
  return (listener) => new ContainerTransport(run, listener, { line, warn });
}

/** So much of what a server said last is logged again where it dies: the trace of most languages. */
const maxLastLines = 20;

/** What a server said last on its standard error, where that is why it ended. */
function lastLines(cause: unknown): string {
  if (typeof cause !== 'string') return '';
  return cause.trimEnd().split('\n').slice(-maxLastLines).join('\n').slice(-2_000);
}
