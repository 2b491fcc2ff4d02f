import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JqRequest } from '../../../gateway/shaping/jq-program.ts';
import { JqWorker } from '../../../gateway/shaping/jq-worker.ts';
import { never } from './filter-rig.ts';

const run = (program: string, input = '{}'): JqRequest => ({ kind: 'run', program, input });

suite('the thread for jq', () => {
  test('ends a program that does not end, and the next finds another thread', async () => {
    await using jq = new JqWorker({ runMs: 1_000 });
    for (const program of ['def f: f; f', 'last(range(infinite))', 'last(repeat("a" * 50000000 | length))'])
      assert.deepEqual(await jq.ask(run(program), never), { kind: 'failed', why: 'time' }, program);
    assert.deepEqual(await jq.ask(run('.'), never), { kind: 'output', json: '[{}]' });
  });

  test('fails a program that uses up its memory, and the next runs', async () => {
    await using jq = new JqWorker({ runMs: 60_000 });
    const doubled = 'reduce range(30) as $i ("a"; . + .) | length';
    assert.deepEqual(await jq.ask(run(doubled), never), { kind: 'failed', why: 'memory' });
    assert.deepEqual(await jq.ask(run('.'), never), { kind: 'output', json: '[{}]' });
  });

  test('fails an output that is too large', async () => {
    // On a busy machine it takes its time to become so large.
    await using jq = new JqWorker({ runMs: 60_000 });
    assert.deepEqual(await jq.ask(run('"a" * 40000000'), never), { kind: 'failed', why: 'error' });
  });

  test('writes no more than two outputs', async () => {
    await using jq = new JqWorker();
    assert.deepEqual(await jq.ask(run('repeat(1)'), never), { kind: 'output', json: '[1,1]' });
  });

  test('takes a program for a program, whatever it begins or ends with', async () => {
    await using jq = new JqWorker();
    assert.deepEqual(await jq.ask(run('-1'), never), { kind: 'output', json: '[-1]' });
    assert.deepEqual(await jq.ask(run('. # \\'), never), { kind: 'output', json: '[{}]' });
    for (const program of ['--version', '1) | (2', '', '# nothing', '.a as $x'])
      assert.equal((await jq.ask({ kind: 'check', program }, never)).kind, 'refused', program);
  });

  test('checks a program without running it', async () => {
    await using jq = new JqWorker();
    const program = 'def f: f; f';
    assert.deepEqual(await jq.ask({ kind: 'check', program }, never), { kind: 'accepted' });
  });

  test('ends what runs for somebody who is gone, and goes on with the next', async () => {
    await using jq = new JqWorker();
    await jq.ask(run('.'), never);
    const leaving = new AbortController();
    const gone = jq.ask(run('def f: f; f'), leaving.signal);
    const queued = jq.ask(run('def f: f; f'), leaving.signal);
    const next = jq.ask(run('.'), never);
    leaving.abort(new Error('gone'));
    await assert.rejects(gone, /gone/);
    await assert.rejects(queued, /gone/);
    assert.deepEqual(await next, { kind: 'output', json: '[{}]' });
  });

  test('lets no more than a hundred wait', async () => {
    await using jq = new JqWorker();
    const replies = await Promise.all(Array.from({ length: 101 }, () => jq.ask(run('.'), never)));
    assert.deepEqual(replies.slice(99), [
      { kind: 'output', json: '[{}]' },
      { kind: 'failed', why: 'queue' },
    ]);
    assert.deepEqual(await jq.ask(run('.'), never), { kind: 'output', json: '[{}]' });
  });
});
