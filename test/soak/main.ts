/**
 * The soak: `node test/soak/main.ts [--minutes N] [--seed N] [--no-reload]`. Sound and hostile guests under load, while guard
 * processes are killed at random and sound guests are replaced by other versions of themselves. It ends with a table; the
 * exit code is 1 when a question was lost, a process leaked or the sidecar died.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { inspect, parseArgs } from 'node:util';
import { RandomChoice } from '../fuzz/random-choice.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { hasComeToRest } from '../harness/sidecar-rest.ts';
import { ProcessWatch, type Usage } from './process-watch.ts';
import { SoakClient } from './soak-client.ts';
import { reloadGuests, soakGuests } from './soak-guests.ts';
import { soakReport } from './soak-report.ts';
import { SoakTally } from './soak-tally.ts';

const connections = 4;
const soundClients = 12;
const hostileClients = 5;
/** Guests' processes, their spares included. */
const processCount = 2 * Object.keys(soakGuests()).length;
/** Code is optimized and pools are filled after this, in milliseconds. */
const warmUpMs = 15_000;
/** How long the killed processes' successors may take to start, in milliseconds. */
const settleMs = 60_000;
/** How long a question may stay without any end, in milliseconds: twice the deadline of its guard. */
const patienceMs = 120_000;
const killPauseMs = 800;
const reloadPauseMs = 7_000;
const watchMs = 500;

const options = {
  minutes: { type: 'string', default: '3' },
  seed: { type: 'string', default: '20261122' },
  reload: { type: 'boolean', default: true },
} as const;

/** Load from all clients for a while; resolves when every question has ended. */
async function load(
  sidecar: RunningSidecar,
  tally: SoakTally,
  choice: RandomChoice,
  ms: number,
): Promise<void> {
  const clients = Array.from({ length: connections }, () => sidecar.newClient());
  const stopping = AbortSignal.timeout(ms);
  const newClient = () =>
    new SoakClient(choice.pick(clients), new RandomChoice(choice.below(2 ** 31)), tally);
  const ends = Promise.all([
    ...choice.list(soundClients, () => newClient().askSound(stopping)),
    ...choice.list(hostileClients, () => newClient().askHostile(stopping)),
  ]);
  const end = await Promise.race([ends, delay(ms + patienceMs, 'hung', { ref: false })]);
  if (end === 'hung') tally.lose('no end at all');
  for (const client of clients) client.close();
}

/** Kills, and reloads where that is wanted, until the signal. */
async function disturb(
  sidecar: RunningSidecar,
  { watch, reloads }: { watch: ProcessWatch; reloads: boolean },
  choice: RandomChoice,
  signal: AbortSignal,
): Promise<number> {
  let version = 0;
  let nextReload = performance.now() + reloadPauseMs;
  while (!signal.aborted) {
    await delay(choice.below(killPauseMs));
    await watch.killOne(choice);
    if (!reloads || performance.now() < nextReload) continue;
    nextReload = performance.now() + reloadPauseMs;
    await reloadGuests(sidecar, ++version);
  }
  return version;
}

/** What it uses at rest: all streams have ended, and every process that was killed has its successor. */
async function atRest(sidecar: RunningSidecar, watch: ProcessWatch): Promise<Usage & { processes: number }> {
  const calm = Promise.all([hasComeToRest(sidecar), sidecar.hasGuardProcesses(processCount)]);
  await Promise.race([calm, delay(settleMs, undefined, { ref: false })]);
  await delay(2 * watchMs);
  return { ...watch.usage, processes: (await watch.guardProcesses()).length };
}

async function soak(minutes: number, seed: number, reloads: boolean): Promise<boolean> {
  const choice = new RandomChoice(seed);
  await using sidecar = await RunningSidecar.serving(soakGuests(), { isAdministered: true });
  const watch = new ProcessWatch(sidecar);
  await load(sidecar, new SoakTally(), choice, warmUpMs);
  const start = await atRest(sidecar, watch);
  const tally = new SoakTally();
  const watching = setInterval(() => watch.usage, watchMs);
  const disturbance = new AbortController();
  const disturbed = disturb(sidecar, { watch, reloads }, choice, disturbance.signal);
  await Promise.race([load(sidecar, tally, choice, minutes * 60_000), sidecar.exited]);
  disturbance.abort();
  clearInterval(watching);
  const versions = await disturbed;
  const hasDied = sidecar.child.exitCode !== null || sidecar.child.signalCode !== null;
  if (hasDied) process.stdout.write(`The sidecar died:\n${sidecar.log.slice(-5_000)}\n`);
  const end = hasDied ? { residentBytes: 0, descriptors: 0, processes: 0 } : await atRest(sidecar, watch);
  const exit = await sidecar.stop('SIGTERM');
  const leaked = watch.leaked.length + Math.max(0, end.processes - processCount);
  const facts = {
    minutes,
    seed,
    start,
    end,
    peakBytes: watch.peakBytes,
    kills: watch.kills,
    versions,
    leaked,
  };
  process.stdout.write(`${soakReport(tally, facts)}\n`);
  return tally.lostCount === 0 && tally.internal === 0 && leaked === 0 && !hasDied && exit.code === 0;
}

try {
  const { values } = parseArgs({ options, allowNegative: true });
  const isSound = await soak(Number(values.minutes), Number(values.seed), values.reload);
  process.exitCode = isSound ? 0 : 1;
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
}
