import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type GuardStream, QuestionError } from '../harness/guard-stream.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { percentile } from './percentile.ts';

/** The deadline of the guard that loops, in milliseconds. */
const deadlineMs = 200;
/** How often the system is asked whether the process is there, in milliseconds; there is no event for it. */
const lookMs = 1;
/** A guard process and its warm spare. */
const processCount = 2;

/** What a guard that loops for ever costs its callers, in milliseconds. */
export interface HostileLoop {
  readonly rounds: number;
  /** From the deadline until the process is gone. */
  readonly dead: Spread;
  /** From the deadline until the caller has its answer. */
  readonly answered: Spread;
  /** From when both are true until the next question to the same guard is answered. */
  readonly next: Spread;
}

/** The middle and the worst of a few rounds. */
export interface Spread {
  readonly p50Ms: number;
  readonly maxMs: number;
}

/** Lets a guard loop in `label_response`, again and again, with a warm spare up each time. Stops early after `maxMs`. */
export async function measureHostileLoop(bounds: { rounds: number; maxMs: number }): Promise<HostileLoop> {
  await using sidecar = await RunningSidecar.serving({ loops: { limits: { deadlineMs } } });
  const rounds: Round[] = [];
  const end = performance.now() + bounds.maxMs;
  while (rounds.length < bounds.rounds && (rounds.length === 0 || performance.now() < end)) {
    const pids = await sidecar.hasGuardProcesses(processCount, rounds.at(-1)?.killed);
    // A process is there before its module is compiled.
    await delay(spareStartMs);
    // A session whose guest is killed again and again is held back, so each round has one of its own.
    const stream = await sidecar.open('loops');
    await answer(stream);
    rounds.push(await loopOnce(stream, pids));
    await stream.close();
  }
  const spread = (value: (round: Round) => number): Spread => {
    const samples = rounds.map(value);
    return { p50Ms: percentile(samples, 0.5), maxMs: Math.max(...samples) };
  };
  return {
    rounds: rounds.length,
    dead: spread((round) => round.deadMs),
    answered: spread((round) => round.answeredMs),
    next: spread((round) => round.nextMs),
  };
}

/** A new process is up with its module compiled after 70 to 140 ms; twice that on a busy machine. */
export const spareStartMs = 250;

interface Round {
  readonly killed: number[];
  readonly deadMs: number;
  readonly answeredMs: number;
  readonly nextMs: number;
}

async function loopOnce(stream: GuardStream, pids: readonly number[]): Promise<Round> {
  const deadline = performance.now() + deadlineMs;
  const loop = stream.labelResponse('list_issues', {}).then(
    () => Promise.reject(new Error('a loop has ended')),
    (error: unknown) => {
      if (error instanceof QuestionError && error.reason === 'DEADLINE_EXCEEDED') return performance.now();
      throw error;
    },
  );
  const [answeredAt, { deadAt, killed }] = await Promise.all([loop, firstDeath(pids)]);
  const bothAt = performance.now();
  await answer(stream);
  return {
    killed,
    deadMs: deadAt - deadline,
    answeredMs: answeredAt - deadline,
    nextMs: performance.now() - bothAt,
  };
}

/** On a busy machine a question may not be through within the deadline that is made for the loop: then it is asked again. */
async function answer(stream: GuardStream, tries = 20): Promise<void> {
  try {
    await stream.labelResource('list_issues');
  } catch (error) {
    if (tries === 0 || !(error instanceof QuestionError)) throw error;
    await answer(stream, tries - 1);
  }
}

/** Waits until one of the processes runs no more. */
async function firstDeath(pids: readonly number[]): Promise<{ deadAt: number; killed: number[] }> {
  await delay(deadlineMs - 20);
  for (;;) {
    const killed = pids.filter(isDead);
    if (killed.length > 0) return { deadAt: performance.now(), killed };
    await delay(lookMs);
  }
}

/** A zombie has released everything and runs no more: only its parent has not looked yet. */
function isDead(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return true;
  }
}
