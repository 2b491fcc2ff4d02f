import { join } from 'node:path';
import { RunningGateway } from '../harness/running-gateway.ts';
import type { Aim } from './aim.ts';
import { type CallLatency, measureCallLatency, type RoundBounds } from './proxies/call-latency.ts';
import type { CallPath } from './proxies/call-path.ts';
import { type CallThroughput, measureCallThroughput, type SliceBounds } from './proxies/call-throughput.ts';
import { FastServer } from './proxies/fast-server.ts';
import { HttpSession } from './proxies/http-session.ts';
import { ModernHttpSession } from './proxies/modern-http-session.ts';
import { proxyAims } from './proxies/proxy-aims.ts';
import { ProxyProcess, proxyPackages } from './proxies/proxy-process.ts';
import { StdioSession } from './proxies/stdio-session.ts';

const stdioProgram = join(import.meta.dirname, 'proxies', 'fast-stdio-server.ts');
const stdioCommand = [process.execPath, stdioProgram];

/** What a way is called by. */
const titles = { http: 'HTTP', modern: 'HTTP 2026-07-28', stdio: 'stdio' };

/** Everything that one run has measured. */
export interface GatewayMeasures {
  readonly latencies: readonly CallLatency[];
  readonly throughputs: readonly CallThroughput[];
  readonly aims: readonly Aim[];
}

/** How much is measured. */
export interface GatewayBounds {
  readonly latency: RoundBounds;
  readonly throughput: SliceBounds;
}

/** All ways to one fast server, side by side: direct, through Sluice with and without a guard, through other gateways. */
export class GatewayBench implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly paths: readonly CallPath[];

  private constructor(parts: AsyncDisposableStack, paths: readonly CallPath[]) {
    this.#parts = parts;
    this.paths = paths;
  }

  /** Starts all processes, and a session on each way; with `onlySluice` no gateways from npm. */
  static async start({ onlySluice = false } = {}): Promise<GatewayBench> {
    await using parts = new AsyncDisposableStack();
    const http = parts.use(await FastServer.start());
    const modern = parts.use(await FastServer.start('modern'));
    const paths = [
      ...(await directHttp(parts, { http, modern })),
      await directStdio(parts),
      ...(await throughSluice(parts, { http, modern, guard: undefined })),
      ...(await throughSluice(parts, { http, modern, guard: 'allow-all' })),
      ...(onlySluice ? [] : await throughOthers(parts)),
    ];
    // By the server behind: Sluice stands beside those that it is compared with.
    paths.sort((a, b) => a.server.localeCompare(b.server));
    return new GatewayBench(parts.move(), paths);
  }

  async measure({ latency, throughput }: GatewayBounds): Promise<GatewayMeasures> {
    const latencies = await measureCallLatency(this.paths, latency);
    const throughputs = await measureCallThroughput(this.paths, throughput);
    return { latencies, throughputs, aims: proxyAims(this.paths, latencies, throughputs) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/** Over HTTP, in either era. */
interface HttpServers {
  readonly http: FastServer;
  readonly modern: FastServer;
}

async function directHttp(parts: AsyncDisposableStack, { http, modern }: HttpServers): Promise<CallPath[]> {
  const session = parts.use(await HttpSession.open(http.url));
  const modernSession = parts.use(new ModernHttpSession(modern.url));
  return [
    { name: titles.http, server: 'http', session, serverPid: http.pid } as const,
    { name: titles.modern, server: 'modern', session: modernSession, serverPid: modern.pid } as const,
  ].map((path) => ({ ...path, name: `${path.name}, direct`, kind: 'direct', proxyPid: undefined }));
}

async function directStdio(parts: AsyncDisposableStack): Promise<CallPath> {
  const session = parts.use(await StdioSession.open(stdioProgram));
  const pids = { proxyPid: undefined, serverPid: session.pid };
  return { name: `${titles.stdio}, direct`, kind: 'direct', server: 'stdio', session, ...pids };
}

/** A gateway of its own with and without a guard, so that neither pays for the other. */
async function throughSluice(
  parts: AsyncDisposableStack,
  { http, modern, guard }: HttpServers & { guard: string | undefined },
): Promise<CallPath[]> {
  const [command = '', ...args] = stdioCommand;
  const guarded = guard === undefined ? {} : { guard };
  const gateway = parts.use(
    await RunningGateway.start({
      guests: { 'allow-all': { guest: 'answers-public' } },
      mcpServers: {
        http: { type: 'http', url: http.url, ...guarded },
        modern: { type: 'http', url: modern.url, ...guarded },
        stdio: { type: 'stdio', command, args, ...guarded },
      },
    }),
  );
  await gateway.ready();
  const kind = guard === undefined ? 'no guard' : 'guard';
  const words = guard === undefined ? 'Sluice without guard' : 'Sluice with a guard';
  const serverPids = { http: http.pid, modern: modern.pid, stdio: undefined };
  const path = async (server: CallPath['server']): Promise<CallPath> => {
    const url = `${gateway.url}/mcp/${server}`;
    const session = server === 'modern' ? new ModernHttpSession(url) : await HttpSession.open(url);
    parts.use(session);
    const pids = { proxyPid: gateway.pid, serverPid: serverPids[server] };
    return { name: `${titles[server]}, ${words}`, kind, server, session, ...pids };
  };
  return [await path('http'), await path('modern'), await path('stdio')];
}

async function throughOthers(parts: AsyncDisposableStack): Promise<CallPath[]> {
  const paths: CallPath[] = [];
  for (const each of proxyPackages) {
    const proxy = parts.use(await ProxyProcess.start(each, stdioCommand));
    const session = parts.use(await proxy.open());
    const pids = { proxyPid: proxy.pid, serverPid: undefined };
    paths.push({ name: `stdio, ${proxy.name}`, kind: 'other gateway', server: 'stdio', session, ...pids });
  }
  return paths;
}
