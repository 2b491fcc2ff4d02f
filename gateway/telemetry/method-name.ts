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

/** What is said without a client's request: requests and notifications of servers, and notifications of clients. */
const messages = new Set([
  'elicitation/create',
  'input_required',
  'notifications/cancelled',
  'notifications/elicitation/complete',
  'notifications/message',
  'notifications/progress',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/roots/list_changed',
  'notifications/tasks/status',
  'notifications/tools/list_changed',
  'roots/list',
  'sampling/createMessage',
]);

/** What a method is called in spans: any other is an agent's words, and as many as it likes. */
export function methodName(method: string): string {
  return methods.has(method) ? method : '_OTHER';
}

/** The same of what is said without a client's request. An answer to a request is `{method}/response`: its method is the request's. */
export function messageName(name: string): { readonly method: string; readonly ending: string } {
  const [, method = name, ending = ''] = /^(.*?)(\/response)?$/s.exec(name) ?? [];
  return { method: messages.has(method) ? method : methodName(method), ending };
}
