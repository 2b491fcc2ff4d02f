/** An MCP server over stdio, by hand, whose tools do what no good server does. */
import { createInterface } from 'node:readline';

interface Rpc {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly arguments?: { readonly text?: string } };
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => answer(JSON.parse(line)));

const tools: Readonly<Record<string, (id: number, text: string) => void>> = {
  /** Answers with its environment. */
  environment: (id) => sendText(id, JSON.stringify(process.env)),
  /** Answers with its folder and its arguments. */
  place: (id) => sendText(id, JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2) })),
  /** Ends without an answer. */
  die: () => process.exit(3),
  /** Never answers. */
  keep_silent: () => undefined,
  /** A JSON-RPC error whose code the SDK uses for a connection that closed. */
  refuse: (id, text) => send({ id, error: { code: -32_000, message: text, data: { more: true } } }),
  /** Writes to standard error, then answers. */
  shout: (id, text) => process.stderr.write(text, () => sendText(id, 'shouted')),
  /** Says something that is no JSON before it answers. */
  babble: (id) => process.stdout.write('this is no JSON\n', () => sendText(id, 'babbled')),
};

function answer({ id, method, params }: Rpc): void {
  if (id === undefined) return;
  if (method === 'initialize') {
    const serverInfo = { name: 'odd', version: '1' };
    send({ id, result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo } });
  } else if (method === 'tools/list') {
    const listed = Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } }));
    send({ id, result: { tools: listed } });
  } else {
    tools[params?.name ?? '']?.(id, params?.arguments?.text ?? '');
  }
}

function sendText(id: number, text: string): void {
  send({ id, result: { content: [{ type: 'text', text }] } });
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
