import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../harness/free-port.ts';
import { HttpSession } from './http-session.ts';

/** A gateway from npm, in front of a server over stdio, as its README says to start it. */
export interface ProxyPackage {
  readonly name: string;
  readonly args: (port: number, server: readonly string[]) => readonly string[];
}

const modules = join(import.meta.dirname, '..', '..', '..', 'node_modules');

/** The gateways to compare with: both serve one stdio server over Streamable HTTP, with sessions. */
export const proxyPackages: readonly ProxyPackage[] = [
  {
    name: 'mcp-proxy',
    args: (port, server) => ['--port', `${port}`, '--server', 'stream', '--', ...server],
  },
  {
    name: 'supergateway',
    args: (port, server) => [
      ...['--stdio', server.join(' '), '--outputTransport', 'streamableHttp', '--stateful'],
      ...['--port', `${port}`, '--logLevel', 'none'],
    ],
  },
];

/** A gateway from npm that runs. */
export class ProxyProcess implements AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(name: string, url: string, child: ChildProcess) {
    this.name = name;
    this.url = url;
    this.#child = child;
  }

  /** Starts one and waits until it answers. Throws when it ends before. */
  static async start({ name, args }: ProxyPackage, server: readonly string[]): Promise<ProxyProcess> {
    const folder = join(modules, name);
    const { bin, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const port = await freePort();
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [join(folder, bin[name] ?? bin), ...args(port, server)], {
      env: { PATH },
      // An open standard input: one that is closed tells supergateway to stop.
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const proxy = new ProxyProcess(`${name} ${version}`, `http://127.0.0.1:${port}/mcp`, child);
    while (!(await isListening(proxy.url))) {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
      await delay(checkMs);
    }
    return proxy;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** A session of its own. */
  open(): Promise<HttpSession> {
    return HttpSession.open(this.url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}

/** They do not all say that they listen, so they are asked this often, in milliseconds. */
const checkMs = 50;

async function isListening(url: string): Promise<boolean> {
  const response = await fetch(url, { method: 'POST', body: '{}' }).catch(() => undefined);
  await response?.arrayBuffer();
  return response !== undefined;
}
