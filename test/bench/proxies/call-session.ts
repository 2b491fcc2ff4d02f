/** One MCP session whose one tool is called again and again. */
export interface CallSession extends AsyncDisposable {
  /** One `tools/call`, until its whole answer is there. Throws when it is not the answer that was expected. */
  call(): Promise<void>;
}

/** The first messages of a session. */
export const opening = {
  initialize:
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}',
  initialized: '{"jsonrpc":"2.0","method":"notifications/initialized"}',
} as const;

/** A call, as small as it gets. */
export function callText(id: number): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"read","arguments":{"n":${id}}}}`;
}

/** Throws where `text` is no answer to the call, or one without the payload: then the figures would be of refusals. */
export function expectAnswer(text: string, id: number): void {
  if (text.includes(`"id":${id}`) && text.length > leastLength && !text.includes('isError')) return;
  throw new Error(`not the answer to call ${id}: ${text.slice(0, shownLength)}`);
}

/** The payload is a little above 1 KB. */
const leastLength = 1_000;
const shownLength = 300;
