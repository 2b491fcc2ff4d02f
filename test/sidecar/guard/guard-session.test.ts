import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { description, type GuardStream, json } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

describe('a guard session', () => {
  let sidecar: RunningSidecar;

  before(async () => {
    sidecar = await RunningSidecar.serving({
      'calls-backend': {},
      'counts-calls': {},
      'counts-calls-and-garbles': {},
      'keeps-no-idle': { guest: 'counts-calls', limits: { idleInstances: 0 } },
      'keeps-one-idle': { guest: 'counts-calls', limits: { idleInstances: 1 } },
      'has-four': { guest: 'counts-calls', limits: { instances: 4 } },
      'slow-and-keeps-one-idle': { guest: 'counts-calls-slowly', limits: { idleInstances: 1 } },
      'remembers-policy': {},
      'asks-backend-for-policy': {},
      'reads-its-input-late': {},
      traps: {},
    });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  it('asks the same instance again', async () => {
    const stream = await sidecar.open('counts-calls');
    assert.equal(description(await stream.labelResource('get')), '1');
    assert.equal(description(await stream.labelResource('get')), '2');
    await stream.close();
  });

  it('keeps the input of a question that waits, whatever is asked meanwhile', async () => {
    const answer = Promise.withResolvers<ReturnType<typeof json>>();
    const stream = sidecar.stream();
    stream.answerBackend = ({ id, call }) => (id > 0 && call === 1 ? answer.promise : json({}));
    await stream.open('reads-its-input-late');
    const letters = ['a', 'b', 'c'];
    const questions = letters.map((letter) => stream.labelResource('get', { text: letter.repeat(200_000) }));
    await Promise.all(letters.map((_, index) => stream.backendCall(index + 1)));
    answer.resolve(json({}));
    assert.deepEqual(
      (await Promise.all(questions)).map(description),
      letters.map((letter) => String(letter.charCodeAt(0))),
    );
    await stream.close();
  });

  it('does not ask an instance again that answered nonsense', async () => {
    const stream = await sidecar.open('counts-calls-and-garbles');
    assert.equal(description(await stream.labelResource('get')), '1');
    await assert.rejects(stream.labelResponse('get', { content: [] }), { reason: 'INVALID_OUTPUT' });
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
  });

  it('gives questions that overlap an instance each', async () => {
    const stream = await sidecar.open('calls-backend');
    const answer = Promise.withResolvers<ReturnType<typeof json>>();
    stream.answerBackend = () => answer.promise;
    const answers = Array.from({ length: 20 }, () => stream.labelResource('get'));
    await stream.backendCall(20);
    answer.resolve(json({ resource: { description: 'all at once' } }));
    assert.deepEqual((await Promise.all(answers)).map(description), Array(20).fill('all at once'));
    await stream.close();
  });

  it('gives questions that only wait for their turn the instances that are free by then', async () => {
    const stream = await sidecar.open('counts-calls');
    const answers = await Promise.all(Array.from({ length: 60 }, () => stream.labelResource('get')));
    const calls = answers.map((answer) => Number(description(answer)));
    assert.ok(Math.max(...calls) >= 10, `an instance each: ${calls}`);
    await stream.close();
  });

  it('lets questions wait where there may be no more instances, and refuses none', async () => {
    const stream = await sidecar.open('has-four');
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 100 }, () => stream.labelResource('get')));
    await stream.close();
  });

  it('primes no more instances than may rest, where some sessions ask in bursts', async () => {
    const streams = await Promise.all(Array.from({ length: 4 }, () => sidecar.open('counts-calls')));
    let primed = 0;
    const burst = async (stream: GuardStream) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => stream.labelResource('get')));
      primed += answers.filter((answer) => description(answer) === '1').length;
    };
    for (let round = 0; round < 20; round++) for (const stream of streams) await burst(stream);
    assert.ok(primed < 64, `${primed} of 640 questions had a new instance`);
    for (const stream of streams) await stream.close();
  });

  for (const [guard, sessions, callers] of [
    ['keeps-one-idle', 2, 8],
    ['slow-and-keeps-one-idle', 8, 1],
  ] as const) {
    it(`keeps its instances while others ask, be there room for one that rests: ${guard}`, async () => {
      const streams = await Promise.all(Array.from({ length: sessions }, () => sidecar.open(guard)));
      const calls: (string | undefined)[] = [];
      const caller = async (stream: GuardStream) => {
        for (let question = 0; question < 20; question++)
          calls.push(description(await stream.labelResource('get')));
      };
      await Promise.all(streams.flatMap((stream) => Array.from({ length: callers }, () => caller(stream))));
      const primed = calls.filter((call) => call === '1').length;
      assert.ok(primed < calls.length / 5, `${primed} of ${calls.length} questions had a new instance`);
      for (const stream of streams) await stream.close();
    });
  }

  it('primes the further instances with its policy, too', async () => {
    const stream = await sidecar.open('remembers-policy', { resource: { description: 'mine' } });
    const answers = await Promise.all(Array.from({ length: 5 }, () => stream.labelResource('get')));
    assert.deepEqual(answers.map(description), Array(5).fill('mine'));
    await stream.close();
  });

  it('does not see the policy of another', async () => {
    const streams = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        sidecar.open('remembers-policy', { resource: { description: `policy ${index}` } }),
      ),
    );
    for (const round of [1, 2, 3]) {
      for (const [index, stream] of streams.entries()) {
        const labels = await stream.labelResource('get');
        assert.equal(description(labels), `policy ${index}`, `round ${round}`);
      }
    }
    await Promise.all(streams.map((stream) => stream.close()));
  });

  it('does not ask an instance that refuses the policy which another one accepted', async () => {
    const stream = sidecar.stream();
    const verdicts = [
      { agent: {}, difc_mode: 'filter' },
      { success: false, error: 'not any more' },
    ];
    stream.answerBackend = ({ tool }) =>
      tool === 'get_policy' ? json(verdicts.shift() ?? {}) : new Promise(() => undefined);
    await stream.open('asks-backend-for-policy');
    // It keeps the one instance that accepted.
    void stream.labelResponse('get', {});
    await stream.backendCall(2);
    await assert.rejects(stream.labelResource('get'), { reason: 'POLICY_REJECTED', message: /not any more/ });
    stream.stream.cancel();
  });

  it('gives a question whose guest failed no second try, and the next one a fresh instance', async () => {
    const stream = await sidecar.open('traps');
    await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
    await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
    await stream.labelResource('get');
    await stream.close();
  });

  it('primes an instance afresh when its own was dropped to make room', async () => {
    const stream = await sidecar.open('keeps-no-idle');
    assert.equal(description(await stream.labelResource('get')), '1');
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
  });

  it('loses the instance that rested longest first', async () => {
    const [first, second] = [await sidecar.open('keeps-one-idle'), await sidecar.open('keeps-one-idle')];
    assert.equal(description(await second.labelResource('get')), '1');
    assert.equal(description(await second.labelResource('get')), '2');
    assert.equal(description(await first.labelResource('get')), '1');
    assert.equal(description(await second.labelResource('get')), '1');
    await Promise.all([first.close(), second.close()]);
  });
});
