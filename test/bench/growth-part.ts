/** How costs grow: with the items of a response, with the sessions that are open, with the guards of a sidecar. */
import { freemem } from 'node:os';
import type { Aim } from './aim.ts';
import { type GrowthPoint, growthExponent } from './growth-exponent.ts';
import { LabelingBench } from './labeling-bench.ts';
import type { LabelingPath } from './labeling-path.ts';
import { type Latency, type LatencyBounds, measureLatency } from './latency.ts';
import { ManyOpen } from './many-open.ts';
import { markdownTable } from './markdown-table.ts';
import type { Amount, Part } from './part.ts';
import { ThroughGrpc } from './through-grpc.ts';
import { trackerGuard } from './tracker-backend.ts';
import { shortResponseOf, smallResource } from './tracker-question.ts';
import { tellingOfProcesses, trackerSidecar } from './tracker-sidecar.ts';

const amounts = {
  thorough: {
    items: [10, 100, 1_000, 10_000],
    sessions: [1, 10, 100, 1_000, 10_000],
    guards: [1, 5, 10, 20],
    latency: { rounds: 100, maxMs: 20_000 },
  },
  quick: {
    items: [10, 100, 1_000],
    sessions: [1, 100],
    guards: [1, 4],
    latency: { rounds: 15, maxMs: 1_500 },
  },
};

/** A time that doubles when the count is multiplied by a million is flat. */
const flatExponent = 0.05;
/** Ten times the items may cost thirteen times the time. */
const linearExponent = 1.1;
/** Below, what each question costs by itself hides what an item costs. */
const fewestItems = 100;
/** What a guard needs with its process and spare, in bytes: a machine must not swap for a benchmark. */
const bytesPerGuard = 200 * 1024 * 1024;

/** One thing that grows, with the time of one question in microseconds. */
interface Growth {
  readonly of: string;
  readonly way: string;
  readonly points: readonly GrowthPoint[];
}

/** Measures the same question among ever more of each. */
export async function measureGrowth(amount: Amount): Promise<Part> {
  const { items, sessions, guards, latency } = amounts[amount];
  const growths = [
    ...(await growthOfItems(items, latency)),
    ...(await growthOfSessions(sessions, latency)),
    await growthOfGuards(guards, latency),
  ];
  const kinds = [...new Set(growths.map(({ of }) => of))];
  const text = kinds.map((of) => growthTable(growths.filter((each) => each.of === of))).join('\n\n');
  const heading = 'How it grows: p50 of one question, µs';
  return {
    figures: { growths },
    text: `### ${heading}\n\n${text}`,
    summary: `${heading}.\n\n${text}`,
    aims: growths.flatMap(growthAim),
  };
}

async function growthOfItems(counts: readonly number[], bounds: LatencyBounds): Promise<Growth[]> {
  const questions = counts.map(shortResponseOf);
  await using bench = await LabelingBench.start(questions);
  const ways: readonly LabelingPath['name'][] = ['guest alone', 'gRPC, socket', 'bare echo, open stream'];
  const paths = bench.paths.filter(({ name }) => ways.includes(name));
  const latencies = await measureLatency(paths, questions, bounds);
  return ways.map((way) => {
    return {
      of: 'items',
      way,
      points: pointsOf(
        counts,
        latencies.filter(({ path }) => path === way),
      ),
    };
  });
}

/** A sidecar for each count, so that they can be asked in turns. */
async function growthOfSessions(counts: readonly number[], bounds: LatencyBounds): Promise<Growth[]> {
  await using parts = new AsyncDisposableStack();
  const all: ManyOpen[] = [];
  for (const count of counts) all.push(parts.use(await ManyOpen.start(count)));
  const question = smallResource();
  const same = await measureLatency(
    all.map((open) => open.sameSession),
    [question],
    bounds,
  );
  const next = await measureLatency(
    all.map((open) => open.nextSession),
    [question],
    bounds,
  );
  return [
    { of: 'sessions', way: 'gRPC, socket, one session again and again', points: pointsOf(counts, same) },
    { of: 'sessions', way: 'gRPC, socket, each session in its turn', points: pointsOf(counts, next) },
  ];
}

async function growthOfGuards(counts: readonly number[], bounds: LatencyBounds): Promise<Growth> {
  await using parts = new AsyncDisposableStack();
  const { policy } = await trackerGuard();
  const paths: LabelingPath[] = [];
  const measured = counts.filter((count) => count === 1 || count * bytesPerGuard < freemem());
  for (const count of measured) {
    const sidecar = parts.use(await trackerSidecar({ logs: tellingOfProcesses }, count));
    await sidecar.hasReadyProcesses(2 * count);
    paths.push(parts.use(await ThroughGrpc.start(sidecar.address, policy)));
  }
  const latencies = await measureLatency(paths, [smallResource()], bounds);
  return { of: 'guards', way: 'gRPC, socket, one of them', points: pointsOf(measured, latencies) };
}

function pointsOf(counts: readonly number[], latencies: readonly Latency[]): GrowthPoint[] {
  return counts.map((count, index) => ({ count, value: latencies[index]?.p50Us ?? Number.NaN }));
}

function growthTable(growths: readonly Growth[]): string {
  const [{ of, points } = { of: '', points: [] }] = growths;
  return markdownTable(
    [of, ...points.map(({ count }) => count.toLocaleString('en'))],
    growths.map((growth) => [growth.way, ...growth.points.map(({ value }) => value.toFixed(0))]),
  );
}

/** Those over gRPC have one. Once a second session is asked, its instance may have to be primed again, which is no growth. */
function growthAim({ of, way, points }: Growth): Aim[] {
  if (!way.startsWith('gRPC') || way.endsWith('turn')) return [];
  const isLinear = of === 'items';
  const exponent = growthExponent(isLinear ? points.filter(({ count }) => count >= fewestItems) : points);
  const most = isLinear ? linearExponent : flatExponent;
  return [
    {
      what: `${way}: the power of the ${of} that the time of a question grows with`,
      aim: `at most ${most}`,
      measured: exponent.toFixed(3),
      isMet: exponent <= most,
    },
  ];
}
