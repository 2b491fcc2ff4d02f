import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { RunningSidecar } from '../harness/running-sidecar.ts';
import { callTool, type ToolResult } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import type { BuiltGateway } from './built-gateway.ts';

/** How a session is set up, and, where it is not the rules guard, by which. */
export interface Setting {
  readonly sidecar: RunningSidecar;
  readonly guard?: string;
  readonly policy: object;
  readonly args?: readonly string[];
}

/** A client of the SDK that has started the gateway. */
export class GatewaySession implements AsyncDisposable {
  readonly #client = new Client({ name: 'test', version: '1' });
  readonly #calls: string;

  private constructor(calls: string) {
    this.#calls = calls;
  }

  static async open(gateway: BuiltGateway, setting: Setting): Promise<GatewaySession> {
    const folder = await temporaryFolder();
    const session = new GatewaySession(join(folder, 'calls'));
    await writeFile(session.#calls, '');
    await writeFile(join(folder, 'policy.json'), JSON.stringify(setting.policy));
    const [command, ...words] = gateway.commandLine;
    const to = ['--sidecar', setting.sidecar.address, '--guard', setting.guard ?? 'rules'];
    const options = [...to, '--policy', join(folder, 'policy.json'), ...(setting.args ?? [])];
    const server = [process.execPath, join(import.meta.dirname, 'issue-server.ts'), session.#calls];
    const args = [...words, ...options, '--', ...server];
    await session.#client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
    return session;
  }

  call(tool: string, args: object = {}): Promise<ToolResult> {
    return callTool(this.#client, tool, args);
  }

  get client(): Client {
    return this.#client;
  }

  /** The tools that the server was asked for, in order. */
  async calls(): Promise<string[]> {
    return (await readFile(this.#calls, 'utf8')).split('\n').slice(0, -1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.close();
  }
}
