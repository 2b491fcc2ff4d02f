/** Fuzzes the labeling service of a real sidecar: messages out of order, too many, too large, and no messages at all. */
import assert from 'node:assert/strict';
import { residentBytes } from '../../sidecar/process/process-usage.ts';
import { GuardStream, json } from '../harness/guard-stream.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { hasComeToRest } from '../harness/sidecar-rest.ts';
import { RandomChoice } from './random-choice.ts';
import { SessionPlayer } from './session-player.ts';

const streamsAtOnce = 20;
const connections = 3;
/** What a sidecar may need more than before, while many of the largest messages are on their way, in bytes. */
const maxGrowth = 1_024 * 1_024 * 1_024;

const hostile = { cpuMs: 50, deadlineMs: 10_000 };
/** What a hostile guest does it does in label_response. */
const guests = {
  'calls-backend-twice': {},
  'remembers-policy': {},
  'asks-backend-for-policy': {},
  traps: {},
  loops: { limits: hostile },
  witness: { guest: 'calls-backend' },
} as const;

/** How often each guard is asked for; two are not there. */
const popularity: Record<string, number> = {
  'calls-backend-twice': 12,
  'remembers-policy': 6,
  'asks-backend-for-policy': 4,
  traps: 4,
  loops: 2,
  'no-such-guard': 0.5,
  '': 0.2,
};

/**
 * Plays so many streams, twenty at once, beside a session that keeps to the protocol and has to be answered throughout.
 * How many streams ended in which way. Throws on the first violation.
 */
export async function fuzzSessionMessages(options: {
  seed: number;
  iterations: number;
}): Promise<Record<string, number>> {
  await using sidecar = await RunningSidecar.serving(guests, { isAdministered: true });
  const processes = 2 * Object.keys(guests).length;
  await sidecar.hasGuardProcesses(processes);
  const pid = sidecar.child.pid ?? assert.fail('the sidecar does not run');
  const before = residentBytes(pid) ?? 0;
  const counts: Record<string, number> = { answered: 0, failed: 0 };
  const witness = new Witness(sidecar);
  const streams = playAll(sidecar, options, (result) => {
    const end = `ended with ${result.end.code} ${result.end.reason}`.trim();
    counts[end] = (counts[end] ?? 0) + 1;
    counts.answered = (counts.answered ?? 0) + result.answered;
    counts.failed = (counts.failed ?? 0) + result.failed;
  });
  await Promise.race([streams, witness.failing]);
  counts['answered beside them'] = await witness.stop();
  await hasComeToRest(sidecar);
  await sidecar.hasGuardProcesses(processes);
  const growth = (residentBytes(pid) ?? 0) - before;
  assert.ok(growth < maxGrowth, `the sidecar grew by ${growth} bytes`);
  assert.doesNotMatch(sidecar.log, /internal error/);
  assert.deepEqual(await sidecar.stop('SIGTERM'), { code: 0, signal: null }, sidecar.log);
  return counts;
}

type Result = Awaited<ReturnType<SessionPlayer['play']>>;

async function playAll(
  sidecar: RunningSidecar,
  { seed, iterations }: { seed: number; iterations: number },
  count: (result: Result) => void,
): Promise<void> {
  const clients = Array.from({ length: connections }, () => sidecar.newClient());
  let next = 0;
  const playSome = async () => {
    while (next < iterations) {
      const number = next++;
      // A seed of its own for each stream: what the others do does not change what it does.
      const choice = new RandomChoice(seed * 1_000_003 + number);
      const player = new SessionPlayer(`stream ${number} of seed ${seed}`, choice.pick(clients), choice);
      count(await player.play(choice.weighted(popularity)));
    }
  };
  try {
    await Promise.all(Array.from({ length: streamsAtOnce }, playSome));
  } finally {
    for (const client of clients) client.close();
  }
}

/** A session on a connection of its own that asks one question after the other. */
class Witness {
  readonly #client;
  readonly #done: Promise<number>;
  #isStopping = false;

  constructor(sidecar: RunningSidecar) {
    this.#client = sidecar.newClient();
    this.#done = this.#ask();
  }

  /** Rejects when a question of it is not answered; never resolves. */
  get failing(): Promise<never> {
    return this.#done.then(() => new Promise<never>(() => undefined));
  }

  /** How often it was answered. */
  async stop(): Promise<number> {
    this.#isStopping = true;
    const answers = await this.#done;
    this.#client.close();
    return answers;
  }

  async #ask(): Promise<number> {
    const stream = new GuardStream(this.#client.session());
    stream.answerBackend = ({ id }) => json({ resource: { description: `witness ${id}` } });
    await stream.open('witness');
    for (let answers = 0; ; answers++) {
      const labels = await stream.labelResource('get');
      assert.equal(
        labels.$case === 'resource' && labels.value.resource?.description,
        `witness ${stream.lastId}`,
      );
      if (!this.#isStopping) continue;
      await stream.close();
      return answers + 1;
    }
  }
}
