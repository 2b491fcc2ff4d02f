/** `node call-tool.ts URL TOOL ARGS`: one tool call through a gateway, as a command for the kit's `--call`. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { callTool } from '../harness/tool-result.ts';

const [url = '', tool = '', args = ''] = process.argv.slice(2);
const client = new Client({ name: 'call-tool', version: '1' });
const requestInit = { headers: { 'sluice-run': String(process.pid) } };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }) as Transport);
process.stdout.write(JSON.stringify(await callTool(client, tool, JSON.parse(args))));
await client.close();
