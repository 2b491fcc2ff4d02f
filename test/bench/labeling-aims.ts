import type { Aim } from './aim.ts';
import type { LabelingPath } from './labeling-path.ts';
import type { Latency } from './latency.ts';
import { percentile } from './percentile.ts';
import type { Throughput } from './throughput.ts';
import { responseOf, smallResource } from './tracker-question.ts';

/** The aims of issue 8 for labeling. */
const aims = {
  /** A labeling over gRPC may take this many times the bare echo, plus the guard process's own round trip. */
  echoFactor: 1.3,
  /** A small question takes less, when the machine is quiet. */
  smallUs: 200,
  /** So many of them a second at 32 at once. */
  smallPerSecond: 8_000,
  /** A response of 100 items takes so many times the guest's own time and the echo. */
  responseFactor: 1.15,
  /** The guard process is what bounds 32 at once, where it is on a CPU for this much of the time. */
  guardProcessBusy: 0.9,
};

const [small, response] = [smallResource().name, responseOf(100).name];
/** The names of the questions that the aims are about. */
export const aimedQuestions: readonly string[] = [small, response];

const atOnce = 32;

/** The aims for labeling, each with its figure. Throws when a path was not measured. */
export function labelingAims(latencies: readonly Latency[], throughputs: readonly Throughput[]): Aim[] {
  return [
    ...[small, response].map((question) => socketAim(latencies, question)),
    smallAim(latencies),
    rateAim(throughputs),
    ...[small, response].map((question) => busyAim(question, latencies, throughputs)),
    responseAim(latencies),
  ];
}

/** What was measured for one question on one path. Throws when it was not. */
export function latencyOf(
  latencies: readonly Latency[],
  question: string,
  path: LabelingPath['name'],
): Latency {
  const found = latencies.find((latency) => latency.question === question && latency.path === path);
  if (found === undefined) throw new Error(`${path} was not measured for ${question}`);
  return found;
}

function socketAim(latencies: readonly Latency[], question: string): Aim {
  const ratios = roundRatios(latencies, question, {
    'guard process': 1,
    'bare echo, open stream': aims.echoFactor,
  });
  const what = `${question}: socket, against ${aims.echoFactor} × echo on an open stream + guard process`;
  return ratioAim(what, ratios, 1);
}

function responseAim(latencies: readonly Latency[]): Aim {
  const ratios = roundRatios(latencies, response, { 'guest alone': 1, 'bare echo, open stream': 1 });
  return ratioAim(`${response}: socket, against guest alone + echo`, ratios, aims.responseFactor);
}

/** gRPC over the socket against a sum of others, round by round: noise hit them alike. */
function roundRatios(
  latencies: readonly Latency[],
  question: string,
  weights: Partial<Record<LabelingPath['name'], number>>,
): number[] {
  const parts = latencies.filter(
    (latency) => latency.question === question && weights[latency.path] !== undefined,
  );
  if (parts.length !== Object.keys(weights).length) throw new Error(`not all was measured for ${question}`);
  return latencyOf(latencies, question, 'gRPC, socket').roundP50Us.map((grpcUs, round) => {
    const limits = parts.map(
      ({ path, roundP50Us }) => (weights[path] ?? 0) * (roundP50Us[round] ?? Number.NaN),
    );
    return grpcUs / limits.reduce((total, us) => total + us, 0);
  });
}

function ratioAim(what: string, ratios: readonly number[], most: number): Aim {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => percentile(ratios, share).toFixed(2));
  const isMet = percentile(ratios, 0.5) <= most;
  return { what, aim: `at most ${most.toFixed(2)}`, measured: `${middle} (${low} to ${high})`, isMet };
}

function smallAim(latencies: readonly Latency[]): Aim {
  const { p50Us } = latencyOf(latencies, small, 'gRPC, socket');
  return {
    what: `${small}: socket, p50, µs, on a quiet machine`,
    aim: `below ${aims.smallUs}`,
    measured: p50Us.toFixed(0),
    isMet: p50Us < aims.smallUs,
  };
}

function rateAim(throughputs: readonly Throughput[]): Aim {
  const { callsPerSecond } = loadOf(throughputs, small);
  return {
    what: `${small}: socket, a second at ${atOnce} at once, on a quiet machine`,
    aim: `at least ${aims.smallPerSecond}`,
    measured: callsPerSecond.toFixed(0),
    isMet: callsPerSecond >= aims.smallPerSecond,
  };
}

function busyAim(question: string, latencies: readonly Latency[], throughputs: readonly Throughput[]): Aim {
  const { callsPerSecond, guardProcessBusy } = loadOf(throughputs, question);
  const guestShare = (latencyOf(latencies, question, 'guest alone').p50Us * callsPerSecond) / 1_000_000;
  return {
    what: `${question}: socket, ${atOnce} at once, how much of the time the guard process is on a CPU (of that in the guest itself)`,
    aim: `at least ${percent(aims.guardProcessBusy)}`,
    measured: `${percent(guardProcessBusy)} (${percent(guestShare)})`,
    isMet: guardProcessBusy >= aims.guardProcessBusy,
  };
}

function loadOf(throughputs: readonly Throughput[], question: string): Throughput {
  const load = throughputs.find(
    (each) => each.load === 'gRPC, socket' && each.question === question && each.atOnce === atOnce,
  );
  if (load === undefined) throw new Error(`${atOnce} at once were not measured for ${question}`);
  return load;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
