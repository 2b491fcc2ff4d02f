/** An MCP server of issues. It writes the name of each tool that is called into the file of its argument. */
import { appendFileSync } from 'node:fs';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const [, , calls = ''] = process.argv;
/** As texts: the first has a number that JavaScript cannot hold. */
const issues: ReadonlyMap<unknown, string> = new Map([
  [1, '{"number":1,"visibility":"public","title":"the door creaks","weight":9007199254740993}'],
  [2, '{"number":2,"visibility":"private","title":"the safe is open"}'],
  [3, '{"number":3,"visibility":"public","title":"the lamp flickers"}'],
]);
const reads = ['get_motto', 'get_issue', 'list_issues', 'search_issues', 'get_twice'];
const writes = ['add_comment', 'close_issue', 'publish'];
const tools = [
  ...reads.map((name) => ({ name, annotations: { readOnlyHint: true } })),
  ...writes.map((name) => ({ name })),
].map((tool) => ({ ...tool, inputSchema: { type: 'object' as const } }));

function answer(tool: string, { number }: Record<string, unknown>): string {
  const items = `"items":[${[...issues.values()].join()}]`;
  switch (tool) {
    case 'list_issues':
    case 'search_issues':
      return `{"total":${issues.size},${items}}`;
    case 'get_twice':
      return `{${items},"items":[]}`;
    case 'get_issue':
      return issues.get(number) ?? 'there is none';
    default:
      return `${tool}: done`;
  }
}

const server = new Server({ name: 'issues', version: '1.0.0' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  appendFileSync(calls, `${params.name}\n`);
  return { content: [{ type: 'text', text: answer(params.name, params.arguments ?? {}) }] };
});
await server.connect(new StdioServerTransport());
