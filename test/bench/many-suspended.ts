import assert from 'node:assert/strict';
import { description, GuardStream, json } from '../harness/guard-stream.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { type MemoryUse, memoryUse } from './memory-use.ts';

/** What many labelings cost that wait for their backends at the same time, in one guard process. */
export interface ManySuspended {
  readonly labelings: number;
  readonly before: MemoryUse;
  readonly suspended: MemoryUse;
  /** After all were answered and their sessions closed. */
  readonly after: MemoryUse;
  /** From the first question until the last backend call, in milliseconds. */
  readonly suspendMs: number;
  /** From the backends' answers until the last labels, in milliseconds. */
  readonly answerMs: number;
}

const sessions = 10;

/** What the limits of the guard are raised to: they are made for a handful. */
export const suspendedLimits = { residentMiB: 16_384, queueLength: 10_000, idleInstances: 1_000 };

/** Suspends so many labelings, in ten sessions, and lets them go on. Throws when one gets labels of another. */
export async function measureManySuspended(labelings: number): Promise<ManySuspended> {
  await using sidecar = await RunningSidecar.serving({ 'calls-backend': { limits: suspendedLimits } });
  const before = await memoryUse(sidecar);
  const gate = new Gate(labelings);
  const streams = Array.from({ length: sessions }, (_, session) => {
    const stream = new GuardStream(sidecar.client.session());
    stream.answerBackend = async ({ id }) => {
      await gate.pass();
      return json({ resource: { description: `session ${session}, question ${id}` } });
    };
    return stream;
  });
  await Promise.all(streams.map((stream) => stream.open('calls-backend')));
  const start = performance.now();
  const answers = Array.from({ length: labelings }, (_, index) => ask(streams, index));
  await gate.isFull;
  const suspendMs = performance.now() - start;
  const suspended = await memoryUse(sidecar);
  const opened = performance.now();
  gate.open();
  await Promise.all(answers);
  const answerMs = performance.now() - opened;
  await Promise.all(streams.map((stream) => stream.close()));
  return { labelings, before, suspended, after: await memoryUse(sidecar), suspendMs, answerMs };
}

async function ask(streams: readonly GuardStream[], index: number): Promise<void> {
  const session = index % streams.length;
  const stream = streams[session] ?? assert.fail('no session');
  const answer = stream.labelResource('get');
  const expected = `session ${session}, question ${stream.lastId}`;
  assert.equal(description(await answer), expected);
}

/** Keeps everybody until so many are there and it is opened. */
class Gate {
  readonly #full = Promise.withResolvers<void>();
  readonly #open = Promise.withResolvers<void>();
  #missing: number;

  constructor(count: number) {
    this.#missing = count;
  }

  get isFull(): Promise<void> {
    return this.#full.promise;
  }

  open(): void {
    this.#open.resolve();
  }

  pass(): Promise<void> {
    if (--this.#missing === 0) this.#full.resolve();
    return this.#open.promise;
  }
}
