/** 1 KB of what a tool may say, with some of what JSON escapes. */
const payload = 'Sluice \\"bench\\" \\n'.repeat(66);
const results: Readonly<Record<string, string>> = {
  initialize:
    '{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"fast","version":"1"}}',
  ping: '{}',
  'tools/list':
    '{"tools":[{"name":"read","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}]}',
  'tools/call': `{"content":[{"type":"text","text":"${payload}"}]}`,
};

/** What a server answers that does nothing: as text, made of prepared parts. Nothing for what wants no answer. */
export function fastAnswer(text: string): string | undefined {
  const { id, method } = JSON.parse(text);
  if (id === undefined || method === undefined) return undefined;
  const result = results[method];
  const rest =
    result === undefined ? '"error":{"code":-32601,"message":"Method not found"}' : `"result":${result}`;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${rest}}`;
}
