import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningGateway } from '../../harness/running-gateway.ts';
import type { CallSession } from '../proxies/call-session.ts';
import { FastServer } from '../proxies/fast-server.ts';
import { HttpSession } from '../proxies/http-session.ts';
import { type TreeCpu, treeCpu } from '../proxies/process-tree.ts';
import { measureIdleCost } from './idle-cost.ts';

/** What each call costs on one way, round by round: CPU time in microseconds. */
export interface TelemetryCost {
  readonly way: string;
  readonly gatewayUs: readonly number[];
  /** The sidecar and its guard processes. */
  readonly sidecarUs: readonly number[];
}

/** Everything that one run has measured. The first cost is that of the way without telemetry. */
export interface TelemetryMeasures {
  readonly costs: readonly TelemetryCost[];
  /** What calls of the API cost where nobody listens, in microseconds. */
  readonly idleUs: number;
}

/** How much is measured. The system counts CPU time in steps of 10 ms, so a slice needs some hundred calls. */
export interface TelemetryBounds {
  readonly rounds: number;
  readonly callsPerSlice: number;
  readonly idleRounds: number;
  /** After the last round, until what is left was sent: more than the 5 s after which spans are. */
  readonly settleMs: number;
}

interface Way {
  readonly name: string;
  readonly pid: number;
  readonly session: CallSession;
}

const callsAtOnce = 16;

/** The same guarded call through gateways that tell more or less of it, each with a sidecar of its own. */
export class TelemetryBench implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly ways: readonly Way[];

  private constructor(parts: AsyncDisposableStack, ways: readonly Way[]) {
    this.#parts = parts;
    this.ways = ways;
  }

  /** Starts all processes. `against`: the folder of another checkout, which is measured instead of what is told. */
  static async start(against?: string): Promise<TelemetryBench> {
    await using parts = new AsyncDisposableStack();
    const server = parts.use(await FastServer.start());
    const url = await startSink(parts);
    const ways: Way[] = [];
    const add = async (name: string, env: Readonly<Record<string, string>>, checkout?: string) => {
      const gateway = parts.use(await startGateway(server.url, env, checkout));
      await gateway.ready();
      const session = parts.use(await HttpSession.open(`${gateway.url}/mcp/http`));
      ways.push({ name, pid: gateway.pid, session });
    };
    if (against === undefined) for (const [name, env] of Object.entries(waysTo(url))) await add(name, env);
    else {
      await add('no endpoint', {});
      // What differs between these two is the machine's doing.
      await add('no endpoint, again', {});
      await add('the other checkout', {}, against);
    }
    return new TelemetryBench(parts.move(), ways);
  }

  async measure({
    rounds,
    callsPerSlice,
    idleRounds,
    settleMs,
  }: TelemetryBounds): Promise<TelemetryMeasures> {
    const idleUs = await measureIdleCost(idleRounds);
    for (const { session } of this.ways) await run(session, callsPerSlice);
    // What is sent later belongs to the calls before it: a round of one way lasts until its next begins.
    await delay(settleMs);
    const marks = new Map(this.ways.map((way) => [way, [] as TreeCpu[]]));
    for (let round = 0; round < rounds; round++) {
      // None is always the first, nor always behind the same.
      const order = this.ways.map(
        (_, index) => this.ways[(index * stride(round) + round) % this.ways.length],
      );
      for (const way of order) {
        if (way === undefined) continue;
        marks.get(way)?.push(treeCpu(way.pid));
        await run(way.session, callsPerSlice);
      }
    }
    await delay(settleMs);
    const costs = this.ways.map((way) =>
      costOf(way, [...(marks.get(way) ?? []), treeCpu(way.pid)], callsPerSlice),
    );
    return { costs, idleUs };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/** There are three ways, or five: with each of these, every way has its turn in a round. */
function stride(round: number): number {
  return 1 + (round % 2);
}

function costOf({ name: way }: Way, marks: readonly TreeCpu[], calls: number): TelemetryCost {
  const perCall = (role: 'proxy' | 'sidecar') =>
    marks.slice(1).map((mark, index) => ((mark[role] - (marks[index]?.[role] ?? 0)) * 1_000) / calls);
  return { way, gatewayUs: perCall('proxy'), sidecarUs: perCall('sidecar') };
}

/** What is told on each way. The first is what the others are compared with. */
function waysTo(url: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRICS_EXPORTER: 'none' };
  const tenth = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };
  return {
    'no endpoint': {},
    'metrics for Prometheus': { OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
    'traces, a tenth of them': { ...traces, ...tenth },
    'traces, all': traces,
    'traces, all, and metrics over OTLP': { OTEL_EXPORTER_OTLP_ENDPOINT: url },
  };
}

function startGateway(
  url: string,
  env: Readonly<Record<string, string>>,
  checkout: string | undefined,
): Promise<RunningGateway> {
  return RunningGateway.start({
    env,
    ...(checkout !== undefined && { checkout }),
    guests: { 'allow-all': { guest: 'answers-public' } },
    mcpServers: { http: { type: 'http', url, guard: 'allow-all' } },
  });
}

async function startSink(parts: AsyncDisposableStack): Promise<string> {
  const program = join(import.meta.dirname, 'otlp-sink.ts');
  const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit'];
  const sink: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, [program], { stdio });
  parts.defer(async () => {
    const gone = once(sink, 'exit');
    sink.stdin.end();
    await gone;
  });
  const [url]: Buffer[] = await once(sink.stdout, 'data');
  return String(url).trim();
}

/** So many calls, some of them at once. Throws when one does not end well. */
async function run(session: CallSession, calls: number): Promise<void> {
  let left = calls;
  const caller = async () => {
    while (left-- > 0) await session.call();
  };
  await Promise.all(Array.from({ length: callsAtOnce }, caller));
}
