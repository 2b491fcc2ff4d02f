/** 1 KB of what a tool may say, with some of what JSON escapes. */
const payload = 'Sluice \\"bench\\" \\n'.repeat(66);
const tools = '[{"name":"read","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}]';
const info = '"capabilities":{"tools":{}},"serverInfo":{"name":"fast","version":"1"}';
const results: Readonly<Record<string, string>> = {
  initialize: `"protocolVersion":"2025-06-18",${info}`,
  ping: '',
  'tools/list': `"tools":${tools}`,
  'tools/call': `"content":[{"type":"text","text":"${payload}"}]`,
};
/** Of 2026-07-28: there is no `initialize`, and each result says that it is one. */
const modernResults: Readonly<Record<string, string>> = {
  'server/discover': `"resultType":"complete","supportedVersions":["2026-07-28"],${info}`,
  'tools/list': `"resultType":"complete","tools":${tools}`,
  'tools/call': `"resultType":"complete",${results['tools/call']}`,
};

/** The revisions with sessions, or that without. */
export type Era = 'sessions' | 'modern';

/** What a server answers that does nothing: as text, made of prepared parts. Nothing for what wants no answer. */
export function fastAnswer(text: string, era: Era = 'sessions'): string | undefined {
  const { id, method } = JSON.parse(text);
  if (id === undefined || method === undefined) return undefined;
  const result = (era === 'modern' ? modernResults : results)[method];
  const rest =
    result === undefined ? '"error":{"code":-32601,"message":"Method not found"}' : `"result":{${result}}`;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${rest}}`;
}
