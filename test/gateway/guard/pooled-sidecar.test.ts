import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LabelerClient } from '../../../gateway/guard/labeler-client.ts';
import { PooledSidecar } from '../../../gateway/guard/pooled-sidecar.ts';
import { ScriptedLabeler } from '../scripted-labeler.ts';
import { silentLog } from '../silent-log.ts';

suite('a sidecar that leaves the pool', () => {
  for (const [how, end] of [
    ['is cancelled', (stream: { cancel(): void }) => stream.cancel()],
    ['ends', (stream: { end(): void }) => stream.end()],
  ] as const) {
    test(`keeps its connection until its last stream ${how}`, async () => {
      await using labeler = await ScriptedLabeler.start();
      using sidecar = new PooledSidecar(new LabelerClient(labeler.address), silentLog, () => undefined);
      while (!sidecar.isConnected) await nextTurn();
      const { stream } = sidecar.open();
      stream.on('error', () => undefined).resume();
      const session = await labeler.session();
      sidecar.leave();
      assert.deepEqual([sidecar.isConnected, sidecar.serves, sidecar.refuses], [true, false, true]);
      const over = new Promise((resolve) => stream.once('status', resolve));
      end(stream);
      await session.ended;
      session.end();
      await over;
      await nextTurn();
      assert.equal(sidecar.isConnected, false);
    });
  }
});
