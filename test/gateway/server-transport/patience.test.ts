import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Patience } from '../../../gateway/server-transport/patience.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';

const never = new AbortController().signal;
const absent = new TransportError('UNREACHABLE', 'nobody is there');
const status = (code: number, retryAfter?: string) =>
  new TransportError('STATUS', `status ${code}`, { refusal: { status: code, retryAfter } });

/** Work that fails with these errors, one after another, and then is done. */
function work(...errors: readonly Error[]) {
  const attempts = { count: 0 };
  const attempt = async () => {
    const error = errors[attempts.count++];
    if (error !== undefined) throw error;
    return 'done';
  };
  return { attempts, attempt };
}

suite('a server that is not there yet', () => {
  test('is tried again until it is', async () => {
    const { attempts, attempt } = work(absent, status(502), status(503), status(504));
    assert.equal(await new Patience(30_000).attempt(attempt, never), 'done');
    assert.equal(attempts.count, 5);
  });

  test('is not tried again for any other failure', async () => {
    const others = [
      status(500),
      status(401),
      status(404),
      new TransportError('BROKEN', 'broken'),
      new Error('x'),
    ];
    for (const error of others) {
      const { attempts, attempt } = work(error);
      await assert.rejects(new Patience(30_000).attempt(attempt, never), error);
      assert.equal(attempts.count, 1, error.message);
    }
  });

  test('is waited for so long and no longer, and then not again until it was there', async () => {
    const clock = { ms: 0 };
    const patience = new Patience(1_000, () => clock.ms);
    const late = async () => {
      clock.ms += 950;
      throw absent;
    };
    await assert.rejects(patience.attempt(late, never), absent);
    assert.equal(clock.ms, 1_900);
    const again = work(absent);
    await assert.rejects(patience.attempt(again.attempt, never), absent);
    assert.equal(again.attempts.count, 1);
    assert.equal(await patience.attempt(work().attempt, never), 'done');
    assert.equal(await patience.attempt(work(absent).attempt, never), 'done');
  });

  test('is not given longer than there is patience because it asks for it', async () => {
    const { attempts, attempt } = work(status(503, '3600'));
    await assert.rejects(new Patience(30_000).attempt(attempt, never), /status 503/);
    assert.equal(attempts.count, 1);
  });

  test('is waited for anew when the one who waited gave up long ago', async () => {
    const clock = { ms: 0 };
    const patience = new Patience(1_000, () => clock.ms);
    const ending = new AbortController();
    const given = async () => {
      setImmediate(() => ending.abort(new Error('enough')));
      throw absent;
    };
    await assert.rejects(patience.attempt(given, ending.signal), /enough/);
    clock.ms = 5_000;
    assert.equal(await patience.attempt(work(absent).attempt, never), 'done');
  });
});
