import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { CallWay } from '../command-line.ts';

/** What an agent calls. */
export interface ToolCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** An agent in front of the gateway under test. */
export interface CallingAgent {
  /** Everything that the agent gets for a call, as one text; what went wrong is a text, too. The signal gives it up. */
  call(call: ToolCall, signal?: AbortSignal): Promise<string>;
  /** The agent leaves. */
  leave(): Promise<void>;
}

/** An agent that nobody has seen before. */
export async function newAgent(way: CallWay): Promise<CallingAgent> {
  return way.kind === 'mcp' ? connectedAgent(way.url) : commandAgent(way.command);
}

/** Over Streamable HTTP, as a run of its own: Sluice tells agents apart by this header, others ignore it. */
async function connectedAgent(url: URL): Promise<CallingAgent> {
  const client = new Client({ name: 'conformance-kit', version: '1' });
  const requestInit = { headers: { 'sluice-run': randomUUID() } };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }) as Transport);
  return {
    call: async ({ tool, args }, signal) => {
      try {
        const request = { method: 'tools/call', params: { name: tool, arguments: args } };
        const options = signal === undefined ? {} : { signal };
        return JSON.stringify(await client.request(request, ResultSchema, options));
      } catch (error) {
        return `no result: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    leave: () => client.close(),
  };
}

/** Each call by a process of its own: what it writes is what the agent gets. */
function commandAgent(command: string): CallingAgent {
  const leaving = new AbortController();
  return {
    call: async ({ tool, args }, signal) => {
      const words = ['-c', `${command} "$@"`, 'sh', tool, JSON.stringify(args)];
      const child = spawn('sh', words, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
      child.on('error', () => undefined);
      const ending = AbortSignal.any(signal === undefined ? [leaving.signal] : [leaving.signal, signal]);
      const kill = () => killGroup(child.pid);
      ending.addEventListener('abort', kill, { once: true });
      try {
        return await text(child.stdout);
      } finally {
        ending.removeEventListener('abort', kill);
      }
    },
    leave: async () => leaving.abort(),
  };
}

/** A command may have started others. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
