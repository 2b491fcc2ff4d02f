/** The requests of MCP, in all revisions that are served. */
const methods = new Set([
  'initialize',
  'ping',
  'completion/complete',
  'logging/setLevel',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tools/call',
  'tools/list',
]);

/** What a method is called in spans: any other is an agent's words, and as many as it likes. */
export function methodName(method: string): string {
  return methods.has(method) ? method : '_OTHER';
}
