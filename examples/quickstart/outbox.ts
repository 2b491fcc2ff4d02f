/** An MCP server with an outbox in memory: it stands for any place that data can leak to. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const messages: string[] = [];
const server = new McpServer({ name: 'outbox', version: '1.0.0' });

const text = (content: string) => ({ content: [{ type: 'text' as const, text: content }] });

server.registerTool(
  'post',
  { description: 'Posts a message to the world.', inputSchema: { message: z.string() } },
  async ({ message }) => text(`posted as number ${messages.push(message)}`),
);
server.registerTool(
  'list_posted',
  { description: 'Lists what was posted.', annotations: { readOnlyHint: true } },
  async () => text(JSON.stringify(messages)),
);

await server.connect(new StdioServerTransport());
