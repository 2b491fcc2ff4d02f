import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { temporaryFolder } from './wasm-guard.ts';

const gatewayMain = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');

/** A server in the document on standard output. */
export interface AnnouncedServer {
  readonly type: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tools?: readonly string[];
}

/** A real gateway that is started as gh-aw starts its own: JSON on standard input, a document on standard output. */
export class GhAwGateway implements AsyncDisposable {
  readonly folder: string;
  readonly child: ChildProcess;
  /** All that was written so far. */
  stdout = '';
  stderr = '';
  readonly #clients = new Set<Client>();
  #grown = Promise.withResolvers<void>();
  #hasExited = false;

  private constructor(folder: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.folder = folder;
    const { PATH = '' } = process.env;
    this.child = spawn(process.execPath, [gatewayMain, '--config-stdin', ...args], {
      stdio: 'pipe',
      cwd: folder,
      env: { PATH, TMPDIR: folder, MCP_GATEWAY_PAYLOAD_DIR: join(folder, 'payloads'), ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#append({ stdout: chunk }));
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.#append({ stderr: chunk }));
    this.child.once('close', () => {
      this.#hasExited = true;
      this.#append({});
    });
  }

  /** Starts one on a free port and waits for its document. `folder`: where its guards may lie already. */
  static async start(
    config: object,
    {
      args = [],
      env = {},
      folder,
    }: { args?: readonly string[]; env?: Record<string, string>; folder?: string } = {},
  ): Promise<GhAwGateway> {
    const place = folder ?? (await temporaryFolder());
    const gateway = new GhAwGateway(place, ['--listen', '127.0.0.1:0', ...args], env);
    gateway.child.stdin?.end(JSON.stringify(config));
    await gateway.#until(() => gateway.stdout.endsWith('}\n'));
    return gateway;
  }

  /** The servers of its document, which is all that stands on standard output. */
  get servers(): Readonly<Record<string, AnnouncedServer>> {
    return JSON.parse(this.stdout).mcpServers;
  }

  /** A client that does what the document says, and nothing else. */
  async connect(name: string): Promise<Client> {
    const { url = '', headers = {} } = this.servers[name] ?? {};
    const client = new Client({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
    await client.connect(transport as Transport);
    this.#clients.add(client);
    return client;
  }

  /** Waits for a text in its log. */
  logged(text: string): Promise<void> {
    return this.#until(() => this.stderr.includes(text));
  }

  /** Asks it to stop; its exit code. */
  async stop(): Promise<number | null> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    if (!this.#hasExited) {
      this.child.kill('SIGTERM');
      await once(this.child, 'close');
    }
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#hasExited) throw new Error(`the gateway ended: ${this.stderr}`);
      await this.#grown.promise;
    }
  }

  #append({ stdout = '', stderr = '' }: { stdout?: string; stderr?: string }): void {
    this.stdout += stdout;
    this.stderr += stderr;
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }
}
