import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PacedTransport } from '../../../gateway/server-transport/paced-transport.ts';
import { RestartPause } from '../../../gateway/server-transport/restart-pause.ts';
import { StdioTransport } from '../../../gateway/server-transport/stdio-transport.ts';
import { Recorder } from './recorder.ts';

/** Transports to programs that share a pause. */
function paced(pause: RestartPause, script: string) {
  const recorder = new Recorder();
  const ends: number[] = [];
  const program = { command: process.execPath, args: ['-e', script], env: {}, cwd: '/' };
  const transport = new PacedTransport(
    { pause, makeProgram: (listener) => new StdioTransport(program, listener, () => undefined) },
    recorder,
    (_, pauseMs) => ends.push(pauseMs),
  );
  return { recorder, ends, transport };
}

suite('the start of a program', () => {
  test('that must wait fails at once, and nothing is started', async () => {
    const pause = new RestartPause(() => 0);
    const first = paced(pause, '');
    await first.transport.start();
    await first.recorder.until(({ ends }) => ends.length === 1);
    assert.deepEqual(first.ends, [500]);
    const second = paced(pause, '');
    await assert.rejects(second.transport.start(), /started again at the next request in 0\.5 s/);
    await second.transport.close();
    assert.deepEqual([second.recorder.ends.length, second.ends], [1, []]);
  });

  test('that was closed before holds back no other', async () => {
    const clock = { ms: 0 };
    const pause = new RestartPause(() => clock.ms);
    pause.begin().ended(new Error('died'));
    clock.ms = 500;
    const closed = paced(pause, '');
    await closed.transport.close();
    await assert.rejects(closed.transport.start(), /closed/);
    const next = paced(pause, 'process.stdin.resume()');
    await next.transport.start();
    await next.transport.close();
    assert.deepEqual([closed.recorder.ends, next.recorder.ends], [[undefined], [undefined]]);
  });
});
