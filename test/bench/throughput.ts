import { type Consumer, CpuUsage } from './cpu-usage.ts';
import type { LabelingBench } from './labeling-bench.ts';
import type { LabelingPath } from './labeling-path.ts';
import { ThroughGrpc } from './through-grpc.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** How many calls a second one kind of load makes, and what each costs in which process. */
export interface Throughput {
  readonly load: string;
  /** Questions that are under way at any time. */
  readonly atOnce: number;
  readonly callsPerSecond: number;
  /** CPU time of one call in microseconds, user and system, all threads, by process. */
  readonly cpuUsPerCall: Readonly<Record<Consumer, number>>;
}

const questionsAtOnce = [1, 8, 32];
const manySessions = 32;
/** Optimizes what is hot and fills the sessions' pools of instances, in milliseconds. */
const warmUpMs = 150;

/** How long to measure: loads take turns, a slice each. The system counts CPU time in steps of 10 ms. */
export interface ThroughputBounds {
  readonly slices: number;
  readonly sliceMs: number;
}

/** Measures a question at 1, 8 and 32 at once, over gRPC and as a bare echo. */
export async function measureThroughput(
  bench: LabelingBench,
  question: TrackerQuestion,
  { slices, sliceMs }: ThroughputBounds,
): Promise<Throughput[]> {
  await using streams = new AsyncDisposableStack();
  const sessions: LabelingPath[] = [];
  while (sessions.length < manySessions) {
    sessions.push(streams.use(await ThroughGrpc.start(bench.sidecar.address, bench.policy)));
  }
  const guardProcesses = await bench.sidecar.guardProcesses();
  const sidecarCpu = () => new CpuUsage([bench.sidecar.child.pid ?? 0], guardProcesses);
  const echoCpu = () => new CpuUsage([bench.echo.pid]);
  const oneSession = sessions.slice(0, 1);
  const loads = [
    ...questionsAtOnce.map(
      (atOnce) => new Load('gRPC, one session', { paths: oneSession, atOnce, cpu: sidecarCpu() }),
    ),
    new Load('gRPC, a session each', { paths: sessions, atOnce: manySessions, cpu: sidecarCpu() }),
    ...questionsAtOnce.map(
      (atOnce) => new Load('bare echo', { paths: [bench.echo], atOnce, cpu: echoCpu() }),
    ),
  ];
  for (const load of loads) await load.run(question, warmUpMs);
  for (const load of loads) load.forget();
  for (let slice = 0; slice < slices; slice++) for (const load of loads) await load.run(question, sliceMs);
  return loads.map((load) => load.throughput);
}

/** A constant number of questions under way, spread over some paths. */
class Load {
  readonly #name: string;
  readonly #paths: readonly LabelingPath[];
  readonly #atOnce: number;
  readonly #cpu: CpuUsage;
  #calls = 0;
  #elapsedMs = 0;

  constructor(name: string, load: { paths: readonly LabelingPath[]; atOnce: number; cpu: CpuUsage }) {
    this.#name = name;
    this.#paths = load.paths;
    this.#atOnce = load.atOnce;
    this.#cpu = load.cpu;
  }

  async run(question: TrackerQuestion, ms: number): Promise<void> {
    this.#cpu.start();
    const start = performance.now();
    const callers = Array.from({ length: this.#atOnce }, (_, index) =>
      this.#call(index, question, start + ms),
    );
    await Promise.all(callers);
    this.#elapsedMs += performance.now() - start;
    this.#cpu.stop();
  }

  forget(): void {
    this.#calls = 0;
    this.#elapsedMs = 0;
    this.#cpu.forget();
  }

  get throughput(): Throughput {
    const perCall = (consumer: Consumer) => (this.#cpu.total[consumer] * 1_000) / this.#calls;
    return {
      load: this.#name,
      atOnce: this.#atOnce,
      callsPerSecond: (this.#calls * 1_000) / this.#elapsedMs,
      cpuUsPerCall: {
        client: perCall('client'),
        server: perCall('server'),
        guardProcess: perCall('guardProcess'),
      },
    };
  }

  /** One caller: asks again as soon as it has its answer. */
  async #call(index: number, question: TrackerQuestion, end: number): Promise<void> {
    const path = this.#paths[index % this.#paths.length];
    while (path !== undefined && performance.now() < end) {
      await path.ask(question);
      this.#calls++;
    }
  }
}
