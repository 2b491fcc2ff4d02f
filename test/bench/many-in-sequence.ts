import assert from 'node:assert/strict';
import { description, GuardStream } from '../harness/guard-stream.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { type MemoryUse, memoryUse } from './memory-use.ts';

/** What sessions leave behind that are opened, asked once and closed, one after the other. */
export interface ManyInSequence {
  readonly sessions: number;
  /** As the first session opens, and after each tenth of them all. */
  readonly memory: readonly MemoryUse[];
  /** The mean time of one session, in milliseconds. */
  readonly sessionMs: number;
}

const looks = 10;

/** Opens, asks and closes so many sessions. Throws when one gets labels by another's policy. */
export async function measureManyInSequence(sessions: number): Promise<ManyInSequence> {
  await using sidecar = await RunningSidecar.serving({ 'remembers-policy': {} });
  const memory = [await memoryUse(sidecar)];
  const start = performance.now();
  for (let session = 1; session <= sessions; session++) {
    await live(sidecar, session);
    if (session % Math.ceil(sessions / looks) === 0) memory.push(await memoryUse(sidecar));
  }
  return { sessions, memory, sessionMs: (performance.now() - start) / sessions };
}

async function live(sidecar: RunningSidecar, session: number): Promise<void> {
  const stream = new GuardStream(sidecar.client.session());
  const policy = `policy ${session}`;
  await stream.open('remembers-policy', { resource: { description: policy } });
  assert.equal(description(await stream.labelResource('get')), policy);
  await stream.close();
}
