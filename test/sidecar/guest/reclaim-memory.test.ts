import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import type { LabelExport } from '../../../sidecar/guest/protocol.ts';
import { GuardProcess } from '../../../sidecar/process/guard-process.ts';
import { residentBytes } from '../../../sidecar/process/process-usage.ts';
import { guardProgram } from '../../harness/guard-program.ts';

const never = new AbortController().signal;
const MiB = 1024 * 1024;

describe('the memory of a guard process', () => {
  it('is not used up by 20,000 short instances one after another', async () => {
    await usesNoMoreThan(256 * MiB, {
      guest: 'answers-public',
      asks: 'label_agent',
      instances: 20_000,
      atOnce: 50,
    });
  });

  it('is not used up by instances that are dropped while they wait for the backend', async () => {
    await usesNoMoreThan(256 * MiB, {
      guest: 'calls-backend',
      asks: 'label_resource',
      instances: 2_000,
      atOnce: 20,
    });
  });

  it('is given back by instances that use much of it', async () => {
    await usesNoMoreThan(512 * MiB, {
      guest: 'touches-memory',
      asks: 'label_agent',
      instances: 100,
      atOnce: 4,
    });
  });
});

interface Run {
  readonly guest: string;
  readonly asks: LabelExport;
  readonly instances: number;
  /** How many there are before they are dropped. */
  readonly atOnce: number;
}

async function usesNoMoreThan(bytes: number, { guest, asks, instances, atOnce }: Run): Promise<void> {
  const program = await guardProgram(guest, { memoryPages: 1_024, residentMiB: 4_096 });
  const guard = await GuardProcess.start(program, never);
  try {
    let most = 0;
    for (let first = 1; first <= instances; first += atOnce) {
      const numbers = Array.from({ length: atOnce }, (_, index) => first + index);
      for (const instance of numbers) {
        const request = { op: 'call', instance, export: asks } as const;
        await guard.turn({ request, payload: Buffer.from('{}'), cpuMs: 5_000 }, never);
      }
      await guard.turn({ request: { op: 'drop', instances: numbers }, cpuMs: 1_000 }, never);
      assert.equal(guard.instances, 0);
      most = Math.max(most, residentBytes(guard.pid ?? 0) ?? 0);
    }
    assert.ok(most < bytes, `${Math.round(most / MiB)} MiB`);
  } finally {
    guard.kill(new GuardError('SHUTTING_DOWN', 'the test is over'));
    await guard.exited;
  }
}
