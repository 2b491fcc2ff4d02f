import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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
  const lines = createInterface({ input: transport.stderr as Readable });
  lines.on('line', (line) => log.write('info', line.slice(0, 2_000), { server }));
  return transport;
}

function http({ url, headers }: HttpConfig): Transport {
  // The class declares its callbacks as accessors that may be undefined, the interface as optional properties.
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { ...headers } },
  }) as Transport;
}
