import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { childRunning, childrenOf } from './child-processes.ts';
import type { GuestSettings } from './running-sidecar.ts';
import { callTool, type ToolResult } from './tool-result.ts';
import { assemble, guardBytes, temporaryFolder } from './wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a gateway is started with: its configuration, and what stands around it. */
export interface GatewaySetup {
  readonly gateway?: object;
  readonly guards?: Readonly<Record<string, object>>;
  /** Guests of test/guards as further guards, by name. */
  readonly guests?: Readonly<Record<string, GuestSettings>>;
  /** Further guards by name, as WebAssembly text: whole modules. */
  readonly modules?: Readonly<Record<string, string>>;
  readonly mcpServers: Readonly<Record<string, object>>;
  /** Its environment, besides the search path. */
  readonly env?: Readonly<Record<string, string>>;
  /** How it logs, its sidecar included; as by default, where nothing is given. */
  readonly logs?: readonly string[];
  /** A free port of loopback where nothing is given. */
  readonly listen?: string;
  /** The folder of the checkout whose gateway it is, where it is not this one. */
  readonly checkout?: string;
}

/** Who connects. */
export interface ClientIdentity {
  readonly run?: string;
  readonly key?: string;
  /** Further headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One line of the log: the gateway's, or its sidecar's. */
export interface LogLine {
  readonly level: string;
  readonly process: string;
  readonly message: string;
  readonly server?: string;
  readonly reason?: string;
}

/** A real gateway as a process of its own, in a temporary folder. */
export class RunningGateway implements AsyncDisposable {
  readonly folder: string;
  readonly child: ChildProcess;
  /** Settles when the process is gone. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #clients = new Set<Client>();
  #log = '';
  #grown = Promise.withResolvers<void>();
  #hasExited = false;

  private constructor(
    folder: string,
    { env = {}, listen = '127.0.0.1:0', checkout = root, logs = [] }: GatewaySetup,
  ) {
    this.folder = folder;
    const main = join(checkout, 'gateway', 'main.ts');
    const args = [main, '--config', join(folder, 'sluice.json'), '--listen', listen, ...logs];
    const { PATH = '' } = process.env;
    this.child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH, TMPDIR: folder, ...env },
    });
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.#append(chunk));
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      this.#hasExited = true;
      this.#append('');
      return { code, signal };
    });
  }

  /** Starts one and waits until it listens; its sidecar and its servers may still be starting. */
  static async start(setup: GatewaySetup): Promise<RunningGateway> {
    const folder = await temporaryFolder();
    const { gateway: settings = {}, mcpServers } = setup;
    const guests = await writeGuests(folder, setup.guests ?? {});
    const guards = { ...setup.guards, ...guests, ...(await writeModules(folder, setup.modules ?? {})) };
    await writeFile(join(folder, 'sluice.json'), JSON.stringify({ gateway: settings, guards, mcpServers }));
    const gateway = new RunningGateway(folder, setup);
    try {
      await gateway.logged('gateway listens');
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get url(): string {
    return /"url":"([^"]+)"/.exec(this.#log)?.[1] ?? '';
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** What it logged so far, its sidecar included: one JSON object a line. */
  get log(): string {
    return this.#log;
  }

  get logLines(): LogLine[] {
    return this.#log
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Waits until a text was logged so many times. Throws when the process ends before. */
  async logged(text: string, count = 1): Promise<void> {
    while (this.#log.split(text).length <= count) {
      if (this.#hasExited) throw new Error(`the gateway ended: ${this.#log}`);
      await this.#grown.promise;
    }
  }

  /** Waits until `GET /health` has an answer other than 503; its body. */
  async ready(): Promise<Health> {
    for (;;) {
      const response = await fetch(`${this.url}/health`);
      const body = (await response.json()) as Health;
      if (response.status !== 503) return body;
      await delay(checkMs);
    }
  }

  /** An MCP client, its session initialized. */
  async connect(server: string, { run, key, headers: more }: ClientIdentity = {}): Promise<Client> {
    const client = new Client({ name: 'test', version: '1' });
    const headers = {
      ...more,
      ...(run !== undefined && { 'sluice-run': run }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    };
    const url = new URL(`${this.url}/mcp/${server}`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }) as Transport);
    this.#clients.add(client);
    return client;
  }

  /** One call of a tool, in an MCP session of its own. */
  async call(
    server: string,
    tool: string,
    { args = {}, ...identity }: ClientIdentity & { args?: object } = {},
  ): Promise<ToolResult> {
    const client = await this.connect(server, identity);
    try {
      return await callTool(client, tool, args);
    } finally {
      this.#clients.delete(client);
      await client.close();
    }
  }

  /** The process id of its sidecar, once there is one other than those `gone`. */
  sidecarPid(...gone: readonly number[]): Promise<number> {
    return this.serverPid('/sidecar/main.', ...gone);
  }

  /** The process id of a child whose command line holds `text`, other than those `gone`. */
  async serverPid(text: string, ...gone: readonly number[]): Promise<number> {
    for (;;) {
      const pid = await childRunning(this.pid, text, gone);
      if (pid !== undefined) return pid;
      if (this.#hasExited) throw new Error(`the gateway ended: ${this.#log}`);
      await delay(checkMs);
    }
  }

  /** The process ids of the guard processes. */
  async guardPids(): Promise<number[]> {
    return childrenOf(await this.sidecarPid());
  }

  /** Asks it to stop, as an operator does. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    if (!this.#hasExited) await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #append(chunk: string): void {
    this.#log += chunk;
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }
}

/** The body of `GET /health`. */
export interface Health {
  readonly status: string;
  readonly servers: Readonly<Record<string, { state: string; guard: string; reason?: string }>>;
}

/** There is no event for what /proc and /health show, in milliseconds. */
const checkMs = 10;

async function writeGuests(
  folder: string,
  guests: Readonly<Record<string, GuestSettings>>,
): Promise<Record<string, object>> {
  const guards: Record<string, object> = {};
  for (const [name, { guest = name, ...settings }] of Object.entries(guests)) {
    const path = join(folder, `${guest}.wasm`);
    await writeFile(path, await guardBytes(guest));
    guards[name] = { type: 'wasm', path, ...settings };
  }
  return guards;
}

async function writeModules(
  folder: string,
  modules: Readonly<Record<string, string>>,
): Promise<Record<string, object>> {
  const guards: Record<string, object> = {};
  for (const [name, text] of Object.entries(modules)) {
    const path = join(folder, `${name}.wasm`);
    await writeFile(path, assemble(text, `${name}.wat`));
    guards[name] = { type: 'wasm', path };
  }
  return guards;
}
