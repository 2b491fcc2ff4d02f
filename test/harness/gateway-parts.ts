/** Real guards and servers to configure a gateway with. */
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export const rulesGuard = { type: 'wasm', path: join(root, 'guards/rules/rules.wasm') };
export const scriptedGuard = { type: 'wasm', path: join(root, 'guards/scripted/scripted.wasm') };
export const outboxServer = nodeServer(join(root, 'examples/quickstart/outbox.ts'));

/** A server whose tools do what no good server does. */
export const oddServer = nodeServer(join(root, 'test/harness/odd-server.ts'));

/** The official filesystem server over a folder. */
export function filesystemServer(folder: string): object {
  return nodeServer(join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'), folder);
}

/** A server that this Node runs. */
export function nodeServer(program: string, ...args: string[]): object {
  return { type: 'stdio', command: process.execPath, args: [program, ...args] };
}

/** The policy of the scripted guard. */
export function script(lines: {
  agent?: object;
  mode?: string;
  resource?: object;
  operation?: string;
  response?: object | string;
}): object {
  const { agent = {}, mode = 'filter', resource = {}, operation = 'read', response = '' } = lines;
  return {
    labelAgent: JSON.stringify({ agent, difc_mode: mode }),
    labelResource: JSON.stringify({ resource, operation }),
    labelResponse: typeof response === 'string' ? response : JSON.stringify(response),
  };
}
