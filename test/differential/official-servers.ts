import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../harness/free-port.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { everythingExchanges } from './everything-exchanges.ts';
import type { Exchange } from './exchange.ts';
import { filesystemExchanges, layOutFiles } from './filesystem-exchanges.ts';
import { httpWire } from './http-wire.ts';
import { memoryExchanges } from './memory-exchanges.ts';
import { type Program, stdioWire } from './stdio-wire.ts';
import type { OpenWire } from './wire.ts';

/** A server from npm, as it is reached without the gateway and as the gateway is told to reach it. */
export interface OfficialServer {
  /** In the gateway's configuration, and in the names of tests. */
  readonly name: string;
  readonly config: object;
  readonly openDirectly: OpenWire;
  readonly exchanges: readonly Exchange[];
  /** Makes the world the same before each conversation. */
  prepare(): Promise<void>;
}

/** The official servers, and those of them that run by themselves, until the end. */
export class OfficialServers implements AsyncDisposable {
  readonly servers: readonly OfficialServer[];
  readonly #processes: readonly ChildProcess[];

  private constructor(servers: readonly OfficialServer[], processes: readonly ChildProcess[]) {
    this.servers = servers;
    this.#processes = processes;
  }

  static async start(): Promise<OfficialServers> {
    // Servers tell the real path of their folder.
    const folder = await realpath(await temporaryFolder());
    const http = await everythingOverHttp();
    const servers = [
      overStdio('everything', { args: ['stdio'], exchanges: everythingExchanges('stdio') }),
      http.server,
      filesystem(folder),
      memory(join(await temporaryFolder(), 'memory.jsonl')),
    ];
    return new OfficialServers(servers, [http.process]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#processes) {
      const gone = once(each, 'exit');
      each.kill('SIGKILL');
      await gone;
    }
  }
}

const packages = join(import.meta.dirname, '..', '..', 'node_modules', '@modelcontextprotocol');
const nothing = async () => undefined;

function mainOf(server: string): string {
  return join(packages, `server-${server}`, 'dist', 'index.js');
}

interface StdioServer {
  readonly args: readonly string[];
  readonly exchanges: readonly Exchange[];
  readonly env?: Readonly<Record<string, string>>;
  readonly prepare?: () => Promise<void>;
}

function overStdio(
  name: string,
  { args, exchanges, env = {}, prepare = nothing }: StdioServer,
): OfficialServer {
  const command = process.execPath;
  const programArgs = [mainOf(name), ...args];
  // What the gateway gives to a server of its own: the search path, and what is configured.
  const { PATH = '' } = process.env;
  const program: Program = { command, args: programArgs, env: { PATH, ...env } };
  const config = { type: 'stdio', command, args: programArgs, env };
  return { name, config, openDirectly: stdioWire(program), exchanges, prepare };
}

function filesystem(folder: string): OfficialServer {
  return overStdio('filesystem', {
    args: [folder],
    exchanges: filesystemExchanges(folder),
    prepare: () => layOutFiles(folder),
  });
}

function memory(file: string): OfficialServer {
  const prepare = () => rm(file, { force: true });
  return overStdio('memory', {
    args: [],
    exchanges: memoryExchanges,
    env: { MEMORY_FILE_PATH: file },
    prepare,
  });
}

/** One process for all conversations: each is a session of its own. */
async function everythingOverHttp(): Promise<{ server: OfficialServer; process: ChildProcess }> {
  const port = await freePort();
  const child = spawn(process.execPath, [mainOf('everything'), 'streamableHttp'], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // It says on its standard error that it listens, and goes on talking there.
  await once(child.stderr, 'data');
  child.stderr.resume();
  const url = `http://127.0.0.1:${port}/mcp`;
  const server = {
    name: 'everything-http',
    config: { type: 'http', url },
    openDirectly: httpWire(url),
    exchanges: everythingExchanges('http'),
    prepare: nothing,
  };
  return { server, process: child };
}
