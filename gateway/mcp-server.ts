import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Result } from '@modelcontextprotocol/sdk/types.js';
import type { ToolCall } from './backend.ts';
import type { Caller } from './caller.ts';
import type { GuardedServer } from './guarded-server.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';
import type { ToolCaller } from './tool-caller.ts';
import { version } from './version.ts';

/** The methods that reach a tool; the SDK answers initialize and ping itself. */
export function mcpServer(server: GuardedServer, caller: Caller, toolCaller: ToolCaller): Server {
  const mcp = new Server({ name: server.config.name, version }, { capabilities: { tools: {} } });
  // Not setRequestHandler: it validates results, and strips what it does not know.
  mcp.fallbackRequestHandler = async ({ method, params }, { signal }): Promise<Result> => {
    switch (method) {
      case 'tools/list':
        return { tools: await toolCaller.listTools(server, caller, signal) };
      case 'tools/call':
        return JSON.parse(await toolCaller.call(server, { call: expectToolCall(params), caller }, signal));
      default:
        throw new RpcError(rpcCodes.methodNotFound, `Sluice does not offer ${method} yet`);
    }
  };
  return mcp;
}

/** From here on the arguments are one text: what is judged and what is sent are the same bytes. */
function expectToolCall(params: Record<string, unknown> | undefined): ToolCall {
  const { name, arguments: args = {} } = params ?? {};
  if (typeof name !== 'string')
    throw new RpcError(rpcCodes.invalidParams, 'tools/call needs the name of a tool');
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw new RpcError(rpcCodes.invalidParams, 'the arguments of a tool must be an object');
  }
  return { tool: name, args: JSON.stringify(args) };
}
