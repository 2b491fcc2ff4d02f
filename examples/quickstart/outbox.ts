/** An MCP server with an outbox in memory: it stands for any place that data can leak to. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const messages: string[] = [];
const server = new Server({ name: 'outbox', version: '1.0.0' }, { capabilities: { tools: {} } });

const tools = [
  {
    name: 'post',
    description: 'Posts a message to the world.',
    inputSchema: {
      type: 'object' as const,
      properties: { message: { type: 'string' } },
      required: ['message'],
    },
  },
  {
    name: 'list_posted',
    description: 'Lists what was posted.',
    inputSchema: { type: 'object' as const },
    annotations: { readOnlyHint: true },
  },
];

function answer(tool: string, message: unknown): { text: string; isError?: boolean } {
  if (tool === 'list_posted') return { text: JSON.stringify(messages) };
  if (tool !== 'post') return { text: `there is no tool ${tool}`, isError: true };
  if (typeof message !== 'string') return { text: 'message must be a text', isError: true };
  return { text: `posted as number ${messages.push(message)}` };
}

server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  const { text, ...rest } = answer(params.name, params.arguments?.message);
  return { content: [{ type: 'text', text }], ...rest };
});

await server.connect(new StdioServerTransport());
