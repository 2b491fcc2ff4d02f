import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MessageQueue } from '../../../gateway/relay/message-queue.ts';

suite('a queue of messages', () => {
  test('judges them side by side, and delivers them in their order', async () => {
    const queue = new MessageQueue(() => assert.fail('it does not overflow'));
    const first = Promise.withResolvers<string>();
    const delivered: string[] = [];
    const passing = [
      queue.pass(
        () => first.promise,
        (text) => delivered.push(text),
      ),
      queue.pass(
        async () => 'second',
        (text) => delivered.push(text),
      ),
    ];
    assert.ok(queue.settled);
    first.resolve('first');
    assert.deepEqual(await Promise.all(passing), [true, true]);
    assert.deepEqual(delivered, ['first', 'second']);
    assert.equal(queue.settled, undefined);
  });

  test('does not deliver what judging leaves nothing of, and goes on', async () => {
    const queue = new MessageQueue(() => undefined);
    assert.equal(
      await queue.pass(
        async () => undefined,
        () => assert.fail('nothing to deliver'),
      ),
      false,
    );
    assert.equal(
      await queue.pass(
        async () => '',
        () => undefined,
      ),
      true,
    );
  });

  test('drops what is too much, and says so once until there is room for all again', async () => {
    let overflows = 0;
    const queue = new MessageQueue(() => overflows++);
    for (const round of [1, 2]) {
      const judged = Promise.withResolvers<string>();
      const passing = Array.from({ length: 1_003 }, () =>
        queue.pass(
          () => judged.promise,
          () => undefined,
        ),
      );
      judged.resolve('a');
      const passed = await Promise.all(passing);
      assert.equal(passed.filter(Boolean).length, 1_000);
      assert.deepEqual(passed.slice(-3), [false, false, false]);
      assert.equal(overflows, round);
    }
  });
});
