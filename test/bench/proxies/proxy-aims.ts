import type { Aim } from '../aim.ts';
import type { CallLatency } from './call-latency.ts';
import type { CallPath } from './call-path.ts';
import type { CallThroughput } from './call-throughput.ts';

/** What was aimed for before anything was built (issue 4). */
const aims = { cpuUs: 350, addedUs: 400, addedWithGuardUs: 1_000, callsPerSecond: 1_500 };

/** The aims for Sluice in front of the HTTP server, each with its figure. */
export function proxyAims(
  paths: readonly CallPath[],
  latencies: readonly CallLatency[],
  throughputs: readonly CallThroughput[],
): Aim[] {
  const nameOf = (kind: CallPath['kind']) =>
    paths.find((path) => path.kind === kind && path.server === 'http')?.name ?? kind;
  const unguarded = found(throughputs, nameOf('no guard'));
  const added = (kind: CallPath['kind']) =>
    found(latencies, nameOf(kind)).p50Us - found(latencies, nameOf('direct')).p50Us;
  const perSecond = 1_000_000 / unguarded.cpuUs.proxy;
  const atMost = (what: string, measured: number, aim: number): Aim => {
    return { what, aim: `at most ${aim}`, measured: measured.toFixed(0), isMet: measured <= aim };
  };
  return [
    atMost(
      'one call without guard, CPU time of the gateway process a call, µs',
      unguarded.cpuUs.proxy,
      aims.cpuUs,
    ),
    atMost('one call without guard, added p50, µs', added('no guard'), aims.addedUs),
    atMost('one call with a warm guard, added p50, µs', added('guard'), aims.addedWithGuardUs),
    {
      what: 'calls without guard, a second on one core, from the CPU time',
      aim: `at least ${aims.callsPerSecond}`,
      measured: perSecond.toFixed(0),
      isMet: perSecond >= aims.callsPerSecond,
    },
  ];
}

function found<T extends { readonly path: string }>(figures: readonly T[], path: string): T {
  const figure = figures.find((each) => each.path === path);
  if (figure === undefined) throw new Error(`nothing was measured for ${path}`);
  return figure;
}
