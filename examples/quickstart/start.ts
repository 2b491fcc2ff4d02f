/** `npm start`, or `sluice quickstart`: the quickstart's gateway, and what to try with it. */
import { once } from 'node:events';
import { join } from 'node:path';
import { commandNames, Quickstart } from './quickstart.ts';
import { shellWord } from './shell-word.ts';

const welcome = join(import.meta.dirname, 'files', 'public', 'welcome.txt');
const listen = process.argv[2] ?? '127.0.0.1:3000';

// Heard from the first moment on: whoever stops it while it starts must leave nothing behind.
const stopped = stopRequest();

try {
  await using quickstart = await Quickstart.start(listen, showLine);
  console.log(introduction(quickstart.url));
  const isStopped = await Promise.race([stopped, endOf(quickstart)]);
  if (!isStopped) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Its log, but for what only those need who look for a fault. */
function showLine(line: string): void {
  if (!line.includes('"level":"debug"')) process.stderr.write(`${line}\n`);
}

function introduction(url: string): string {
  return `
Sluice stands between your agent and three MCP servers:
  ${url}/mcp/files            a folder with public and private files, in filter mode
  ${url}/mcp/files-propagate  the same folder, in propagate mode
  ${url}/mcp/outbox           any place that data can leak to

Play an agent against it, from another terminal:
  ${commandNames.demo}

Call a tool with the MCP inspector:
  ${inspectorLine(url)}

Or with curl:
  ${curlLine(url)}

Stop with Ctrl-C.`;
}

function inspectorLine(url: string): string {
  const call = `--method tools/call --tool-name read_text_file --tool-arg ${shellWord(`path=${welcome}`)}`;
  return `${commandNames.inspector} --cli ${url}/mcp/files --transport http ${call}`;
}

/** Two requests in one line: the second one needs the session that the first one begins. */
function curlLine(url: string): string {
  const post = `curl -s ${url}/mcp/files -H 'content-type: application/json' -H 'accept: application/json, text/event-stream'`;
  const clientInfo = { name: 'curl', version: '1' };
  const initialize = rpc(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  const call = rpc(2, 'tools/call', { name: 'read_text_file', arguments: { path: welcome } });
  const session = `SESSION=$(${post} -o /dev/null -D - -d ${shellWord(initialize)} | sed -n 's/^mcp-session-id: //ip' | tr -d '\\r')`;
  return `${session}; ${post} -H "mcp-session-id: $SESSION" -d ${shellWord(call)}`;
}

function rpc(id: number, method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

function stopRequest(): Promise<true> {
  const { promise, resolve } = Promise.withResolvers<true>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(true));
  return promise;
}

/** The gateway ends by itself; its log says why. */
async function endOf({ gateway }: Quickstart): Promise<false> {
  await once(gateway, 'exit');
  return false;
}
