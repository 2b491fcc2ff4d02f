/** Guard processes come and go with their sidecar, and are replaced before they wear out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gone } from '../../harness/child-processes.ts';
import { description, json } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

describe('guard processes', () => {
  it('die with a sidecar that is killed, even those whose guest loops', async () => {
    await using sidecar = await RunningSidecar.serving({
      'loops-or-asks': { limits: { cpuMs: 60_000, deadlineMs: 60_000 } },
    });
    const stream = await sidecar.open('loops-or-asks');
    const looping = stream.labelResponse('get', {});
    await sidecar.logged('looping');
    const pids = await sidecar.hasReadyProcesses(2);
    await sidecar.stop('SIGKILL');
    await assert.rejects(looping);
    await Promise.all(pids.map(gone));
  });

  it('are replaced after so many calls without a gap, and nothing is lost', async (test) => {
    await using sidecar = await RunningSidecar.serving({
      'calls-backend': { limits: { recycleCalls: 20 } },
    });
    const firstOnes = await sidecar.hasReadyProcesses(2);
    let calls = 0;
    await Promise.all(Array.from({ length: 4 }, callUntilReplaced));
    test.diagnostic(`${calls} calls while processes were replaced, none lost`);
    await sidecar.hasGuardProcesses(2, firstOnes);

    async function callUntilReplaced(): Promise<void> {
      const stream = await sidecar.open('calls-backend');
      stream.answerBackend = () => json({ resource: { description: 'from the backend' } });
      while (sidecar.log.split('its process is replaced: it has answered').length < 4) {
        assert.equal(description(await stream.labelResource('get')), 'from the backend');
        calls++;
      }
      await stream.close();
    }
  });

  it('are replaced when they are old, and when they need much memory', async () => {
    await using sidecar = await RunningSidecar.serving({
      'answers-public': { limits: { recycleSeconds: 1 } },
      'touches-memory': { limits: { memoryPages: 1_024, residentMiB: 1_024, recyclePercent: 10 } },
    });
    await sidecar.logged('its process is replaced: it is 1 seconds old');
    const stream = await sidecar.open('touches-memory');
    await stream.labelResource('get');
    await stream.labelResponse('get', {});
    await sidecar.logged('its process is replaced: it needs more than 102 MiB of memory');
    await stream.labelResource('get');
    await stream.close();
  });
});
