import { Readable } from 'node:stream';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { HttpConfig, ServerConfig, StdioConfig } from './config/gateway-config.ts';
import type { Log } from './log.ts';

/** A new transport to a server: a process of ours, or Streamable HTTP. */
export function backendTransport({ name, transport }: ServerConfig, log: Log): Transport {
  return transport.kind === 'stdio' ? stdio(name, transport, log) : http(transport);
}

/**
 * The process gets the configured variables and, of the gateway's own, those that a program cannot do without (the
 * SDK's list: HOME, LOGNAME, PATH, SHELL, TERM, USER). What it writes to standard error goes to the log.
 */
function stdio(server: string, { command, args, env, cwd }: StdioConfig, log: Log): Transport {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...env },
    cwd,
    stderr: 'pipe',
  });
  if (transport.stderr instanceof Readable)
    eachLine(transport.stderr, (line) => log.write('info', line, { server }));
  return transport;
}

function http({ url, headers }: HttpConfig): Transport {
  // The class declares its callbacks as accessors that may be undefined, the interface as optional properties.
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { ...headers } },
  }) as Transport;
}

/** Longest line that is logged, in characters: a server must not fill memory with a line that never ends. */
const maxLineLength = 2_000;

function eachLine(stream: Readable, write: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) write(line.slice(0, maxLineLength));
  });
  stream.on('end', () => {
    if (rest !== '') write(rest);
  });
}
