/**
 * An MCP server over stdio, by hand, that says what it is told, byte for byte: no server from npm would lie on purpose.
 * Its argument is JSON: the result of `initialize`, and its tools.
 */
import { createInterface } from 'node:readline';

interface Rpc {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: Told;
    readonly _meta?: { readonly progressToken?: unknown };
  };
}

/** What a call tells it. */
interface Told {
  /** Lines to write before the result; `$ID` and `$TOKEN` stand for the call's own. */
  readonly lines?: readonly string[];
  /** Whether there is no result. */
  readonly isSilent?: boolean;
  /** For `heard`: waits for so many messages that hold the text. */
  readonly text?: string;
  readonly count?: number;
  /** The tools from now on, as JSON. */
  readonly tools?: string;
}

const { welcome = {}, tools: given = [{ name: 'say' }] } = JSON.parse(process.argv[2] ?? '{}');
const heard: string[] = [];
const waiting = new Set<() => void>();
const define = (tool: object) => ({ inputSchema: { type: 'object' }, ...tool });
let tools = JSON.stringify([...given, { name: 'heard' }, { name: 'pid' }].map(define));

createInterface({ input: process.stdin }).on('line', (line) => {
  const message: Rpc = JSON.parse(line);
  if (message.method !== 'tools/call') heard.push(line);
  else heard.push(JSON.stringify({ ...message, params: { ...message.params, arguments: {} } }));
  for (const check of waiting) check();
  if (message.method !== undefined && message.id !== undefined) answer(message, message.id);
});

function answer({ method, params }: Rpc, id: number | string): void {
  if (method === 'initialize') begin(id);
  else if (method === 'tools/list')
    send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"tools":${tools}}}`);
  else if (method !== 'tools/call') sendResult(id, { method });
  else if (params?.name === 'heard') hear(id, params.arguments ?? {});
  else if (params?.name === 'pid') sendText(id, String(process.pid));
  else say(id, params ?? {});
}

function begin(id: number | string): void {
  const serverInfo = { name: 'told', version: '1' };
  const capabilities = {
    tools: { listChanged: true },
    logging: {},
    resources: { subscribe: true },
    prompts: {},
  };
  sendResult(id, { protocolVersion: '2025-11-25', capabilities, serverInfo, ...welcome });
}

function say(id: number | string, { arguments: told = {}, _meta }: NonNullable<Rpc['params']>): void {
  const { lines = [], isSilent = false } = told;
  tools = told.tools ?? tools;
  for (const line of lines)
    send(
      line
        .replaceAll('$ID', JSON.stringify(id))
        .replaceAll('$TOKEN', JSON.stringify(_meta?.progressToken ?? null)),
    );
  if (!isSilent) sendText(id, 'said');
}

/** Answers with the messages that it got, calls without their arguments and others as they were, once there are enough. */
function hear(id: number | string, { text = '', count = 0 }: Told): void {
  const check = () => {
    const those = heard.filter((line) => line.includes(text));
    if (those.length < count) return;
    waiting.delete(check);
    sendText(id, JSON.stringify(those));
  };
  waiting.add(check);
  check();
}

function sendText(id: number | string, text: string): void {
  sendResult(id, { content: [{ type: 'text', text }] });
}

function sendResult(id: number | string, result: object): void {
  send(JSON.stringify({ jsonrpc: '2.0', id, result }));
}

function send(line: string): void {
  process.stdout.write(`${line}\n`);
}
