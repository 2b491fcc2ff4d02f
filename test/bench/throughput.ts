import { type Consumer, CpuUsage } from './cpu-usage.ts';
import type { LabelingBench } from './labeling-bench.ts';
import type { LabelingPath } from './labeling-path.ts';
import { percentile } from './percentile.ts';
import { ThroughGrpc } from './through-grpc.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** How many calls a second one kind of load makes, and what each costs in which process. */
export interface Throughput {
  readonly load: string;
  readonly question: string;
  /** Questions that are under way at any time. */
  readonly atOnce: number;
  readonly callsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU time of one call in microseconds, user and system, all threads, by process. */
  readonly cpuUsPerCall: Readonly<Record<Consumer, number>>;
  /** How much of the time the guard's processes were on a CPU: 1 is one core. */
  readonly guardProcessBusy: number;
}

/** The questions that are under way at once. */
export const questionsAtOnce = [1, 8, 32] as const;
/** The name of the load in which each question has a session of its own. */
export const sessionEach = 'gRPC, socket, a session each';
const manySessions = 32;

/** How long to measure: loads take turns, a slice each, after one slice that optimizes what is hot. */
export interface ThroughputBounds {
  readonly slices: number;
  readonly sliceMs: number;
  /** The slices of the questions whose figures have aims: long enough that all that is hot has been optimized. */
  readonly aimedSliceMs: number;
  /** The names of these questions. */
  readonly aimed: readonly string[];
}

/** Measures each question at 1, 8 and 32 at once on each path, the first question also with a session each. */
export async function measureThroughput(
  bench: LabelingBench,
  { slices, sliceMs, aimedSliceMs, aimed }: ThroughputBounds,
): Promise<Throughput[]> {
  await using streams = new AsyncDisposableStack();
  const cpuOf = await cpuOfPaths(bench);
  const loads = bench.questions.flatMap(({ question }) =>
    bench.paths.flatMap((path) =>
      atOnceOf(path.name).map(
        (atOnce) => new Load(path.name, { question, paths: [path], atOnce, cpu: cpuOf(path.name) }),
      ),
    ),
  );
  const [first] = bench.questions;
  if (first !== undefined) {
    const paths: LabelingPath[] = [];
    while (paths.length < manySessions) {
      paths.push(streams.use(await ThroughGrpc.start(bench.sidecar.address, bench.policy)));
    }
    const { question } = first;
    loads.push(new Load(sessionEach, { question, paths, atOnce: manySessions, cpu: cpuOf('gRPC, socket') }));
  }
  const runEach = async () => {
    for (const load of loads) await load.run(aimed.includes(load.question.name) ? aimedSliceMs : sliceMs);
  };
  await runEach();
  for (const load of loads) load.forget();
  for (let slice = 0; slice < slices; slice++) await runEach();
  return loads.map((load) => load.throughput);
}

/** The guest alone is a function that is called, and the last way is two after each other: nothing of these is under way at once. */
function atOnceOf(path: LabelingPath['name']): readonly number[] {
  if (path === 'guest alone') return [1];
  return path === 'echo, then guard process' ? [] : questionsAtOnce;
}

async function cpuOfPaths(bench: LabelingBench): Promise<(path: LabelingPath['name']) => CpuUsage> {
  const { sidecar, sidecarOverTcp, guardProcess, echo } = bench;
  const guards = await sidecar.guardProcesses();
  const guardsOverTcp = await sidecarOverTcp.guardProcesses();
  const pidsOf: Record<LabelingPath['name'], [server: number[], guardProcess: number[]]> = {
    'guest alone': [[], []],
    'guard process': [[], [guardProcess.pid]],
    'gRPC, socket': [[sidecar.child.pid ?? 0], guards],
    'gRPC, TCP': [[sidecarOverTcp.child.pid ?? 0], guardsOverTcp],
    'bare echo, open stream': [[echo.pid], []],
    'bare echo, a call each': [[echo.pid], []],
    'echo, then guard process': [[echo.pid], [guardProcess.pid]],
  };
  return (path) => new CpuUsage(...pidsOf[path]);
}

interface LoadSetup {
  readonly question: TrackerQuestion;
  readonly paths: readonly LabelingPath[];
  readonly atOnce: number;
  readonly cpu: CpuUsage;
}

/** A constant number of questions under way, spread over some paths. */
class Load {
  readonly #name: string;
  readonly #setup: LoadSetup;
  #samples: number[] = [];
  #elapsedMs = 0;

  constructor(name: string, setup: LoadSetup) {
    this.#name = name;
    this.#setup = setup;
  }

  get question(): TrackerQuestion {
    return this.#setup.question;
  }

  async run(ms: number): Promise<void> {
    const { cpu, atOnce } = this.#setup;
    cpu.start();
    const start = performance.now();
    await Promise.all(Array.from({ length: atOnce }, (_, index) => this.#call(index, start + ms)));
    this.#elapsedMs += performance.now() - start;
    cpu.stop();
  }

  forget(): void {
    this.#samples = [];
    this.#elapsedMs = 0;
    this.#setup.cpu.forget();
  }

  get throughput(): Throughput {
    const { question, atOnce, cpu } = this.#setup;
    const perCall = (consumer: Consumer) => (cpu.total[consumer] * 1_000) / this.#samples.length;
    return {
      load: this.#name,
      question: question.name,
      atOnce,
      callsPerSecond: (this.#samples.length * 1_000) / this.#elapsedMs,
      p50Us: percentile(this.#samples, 0.5),
      p99Us: percentile(this.#samples, 0.99),
      cpuUsPerCall: {
        client: perCall('client'),
        server: perCall('server'),
        guardProcess: perCall('guardProcess'),
      },
      guardProcessBusy: cpu.total.guardProcess / this.#elapsedMs,
    };
  }

  /** One caller: asks again as soon as it has its answer, and once at least. */
  async #call(index: number, end: number): Promise<void> {
    const { paths, question } = this.#setup;
    const path = paths[index % paths.length];
    do {
      const start = performance.now();
      await path?.ask(question);
      this.#samples.push((performance.now() - start) * 1_000);
    } while (performance.now() < end);
  }
}
