import { setTimeout as delay } from 'node:timers/promises';
import { cpuTimeUs } from './cpu-time.ts';
import type { Spread } from './hostile-loop.ts';
import { spareStartMs } from './hostile-loop.ts';
import { percentile } from './percentile.ts';
import { ThroughGrpc } from './through-grpc.ts';
import { trackerGuard } from './tracker-backend.ts';
import { smallResource } from './tracker-question.ts';
import { trackerSidecar } from './tracker-sidecar.ts';

/** A guard process and its warm spare. */
const processCount = 2;
const question = smallResource();

/** From the SIGKILL of the process that answers, by somebody else, until the same session has its next answer, in milliseconds. */
export async function measureKilledProcess(bounds: { rounds: number; maxMs: number }): Promise<Spread> {
  const { policy } = await trackerGuard();
  await using sidecar = await trackerSidecar({});
  await using session = await ThroughGrpc.start(sidecar.address, policy);
  const samples: number[] = [];
  const end = performance.now() + bounds.maxMs;
  let killed: number[] = [];
  while (samples.length < bounds.rounds && (samples.length === 0 || performance.now() < end)) {
    const pids = await sidecar.hasGuardProcesses(processCount, killed);
    // A process is there before its module is compiled.
    await delay(spareStartMs);
    const pid = await whichAnswers(session, pids);
    const start = performance.now();
    process.kill(pid, 'SIGKILL');
    while (!(await isAnswered(session)));
    samples.push(performance.now() - start);
    killed = [pid];
  }
  return { p50Ms: percentile(samples, 0.5), maxMs: Math.max(...samples) };
}

/** A question that the process was asked as it died fails; a caller asks again. */
function isAnswered(session: ThroughGrpc): Promise<boolean> {
  return session.ask(question).then(
    () => true,
    () => false,
  );
}

/** The one that burns the time of some questions. */
async function whichAnswers(session: ThroughGrpc, pids: readonly number[]): Promise<number> {
  const before = new Map(pids.map((pid) => [pid, cpuTimeUs(pid)]));
  for (let asked = 0; asked < 50; asked++) await session.ask(question);
  const burnt = (pid: number) => cpuTimeUs(pid) - (before.get(pid) ?? 0);
  return pids.reduce((most, pid) => (burnt(pid) > burnt(most) ? pid : most));
}
