import { type Arrival, HandMadeServer } from './hand-made-server.ts';

/** A request that arrived at a server of 2026-07-28. */
export interface ModernAsked {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly arrival: Arrival;
}

/** What it is answered with: a result, an error, or nothing, where the test writes the response itself. */
export type ModernScene = (asked: ModernAsked) => object | undefined;

const own: ModernScene = ({ method }) =>
  ({
    'server/discover': { supportedVersions: ['2026-07-28'], capabilities: { tools: { listChanged: true } } },
    'tools/list': { tools: [{ name: 'do', inputSchema: { type: 'object' } }] },
  })[method];

/** A server of 2026-07-28 that says what a test says; what that leaves out, it answers as a plain one with one tool. */
export function handMadeModern(scene: ModernScene): Promise<HandMadeServer> {
  return HandMadeServer.start((arrival) => {
    const message = arrival.body === '' ? {} : JSON.parse(arrival.body);
    if (message.params?._meta?.['io.modelcontextprotocol/protocolVersion'] === undefined)
      return void send(arrival, 400, { error: { code: -32602, message: 'no _meta' } });
    const { id, method, params } = message;
    const asked = { id, method, params, arrival };
    const answer = scene(asked) ?? (arrival.response.headersSent ? undefined : own(asked));
    if (answer === undefined) return;
    if ('error' in answer) send(arrival, 200, { id, ...answer });
    else send(arrival, 200, { id, result: { resultType: 'complete', ...answer } });
  });
}

/** Begins a stream, and says something on it. */
export function tell({ arrival: { response } }: ModernAsked, message: object): undefined {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
}

function send({ response }: Arrival, status: number, message: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', ...message }));
}
