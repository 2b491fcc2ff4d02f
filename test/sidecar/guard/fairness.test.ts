import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guardLimitRanges } from '../../../sidecar/guard-limits.ts';
import { maxOpenQuestions } from '../../../sidecar/limits.ts';
import type { GuardStream } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

/** How the questions of one session ended so far. */
class Crowd {
  answered = 0;
  readonly failures: string[] = [];
  #progress = Promise.withResolvers<void>();

  constructor(stream: GuardStream, count: number) {
    for (let left = count; left > 0; left--) {
      stream.labelResource('get').then(
        () => this.#count(() => this.answered++),
        (error) => this.#count(() => this.failures.push(error.reason)),
      );
    }
  }

  async hasEnded(count: number): Promise<void> {
    while (this.answered + this.failures.length < count) await this.#progress.promise;
  }

  #count(end: () => void): void {
    end();
    this.#progress.resolve();
    this.#progress = Promise.withResolvers<void>();
  }
}

describe('a session with as many questions as it may have', () => {
  it('does not starve another session with one', { timeout: 120_000 }, async () => {
    const limits = { cpuMs: 60_000 };
    await using sidecar = await RunningSidecar.serving({ 'burns-cpu': { limits } });
    const [plug, crowded, lone] = [
      await sidecar.open('burns-cpu'),
      await sidecar.open('burns-cpu'),
      await sidecar.open('burns-cpu'),
    ];
    // While the process is busy with this, all others wait.
    const plugged = plug.labelResponse('get', {});
    await sidecar.logged('burning');
    const crowd = new Crowd(crowded, maxOpenQuestions);
    // What does not fit into the line has failed, so the line is full.
    await crowd.hasEnded(maxOpenQuestions - guardLimitRanges.queueLength.default);
    const before = crowd.answered;
    await lone.labelResource('get');
    const overtaken = crowd.answered - before;
    assert.ok(overtaken < 20, `${overtaken} of the others were answered before it`);
    await plugged;
    await crowd.hasEnded(maxOpenQuestions);
    assert.deepEqual([...new Set(crowd.failures)], ['QUEUE_FULL']);
    assert.ok(crowd.answered > 0, 'some of the others were answered, too');
  });
});
