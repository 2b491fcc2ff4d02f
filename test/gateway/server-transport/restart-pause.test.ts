import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RestartPause } from '../../../gateway/server-transport/restart-pause.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';

const died = new Error('it ended');

/** A pause with a clock that a test sets, in milliseconds. */
function paused() {
  const clock = { ms: 0 };
  return { clock, pause: new RestartPause(() => clock.ms) };
}

function refusal(words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, 'UNREACHABLE');
    assert.match(error.message, words);
    return true;
  };
}

suite('a server that ends right after its start', () => {
  test('waits for its next start, twice as long each time, a minute at most', () => {
    const { clock, pause } = paused();
    const waits: number[] = [];
    for (let failure = 0; failure < 9; failure++) {
      const waitMs = pause.begin().ended(died);
      waits.push(waitMs);
      clock.ms += waitMs - 1;
      assert.throws(() => pause.begin(), refusal(/in 0\.1 s$/));
      clock.ms++;
    }
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('says how often it failed and when it is tried next', () => {
    const { clock, pause } = paused();
    pause.begin().ended(died);
    clock.ms = 120;
    const words = /\(failure 1 in a row\): it is started again at the next request in 0\.4 s$/;
    assert.throws(() => pause.begin(), refusal(words));
  });

  test('is one failure for all that were started together', () => {
    const { clock, pause } = paused();
    const starts = [pause.begin(), pause.begin(), pause.begin()];
    clock.ms = 10;
    assert.deepEqual(
      starts.map((start) => start.ended(died)),
      [500, 500, 500],
    );
  });

  test('is tried by one start alone after its pause', () => {
    const { clock, pause } = paused();
    pause.begin().ended(died);
    clock.ms = 500;
    const trial = pause.begin();
    assert.throws(() => pause.begin(), refusal(/it is being started once more/));
    trial.answered();
    pause.begin();
  });

  test('is not held back for ever by a trial that somebody closed', () => {
    const { clock, pause } = paused();
    pause.begin().ended(died);
    clock.ms = 500;
    assert.equal(pause.begin().ended(undefined), 0);
    assert.equal(pause.begin().ended(died), 1000);
  });

  test('has failed even when it had answered, but for the first time in a row', () => {
    const { clock, pause } = paused();
    const lives = () => {
      const start = pause.begin();
      start.answered();
      clock.ms += 4_999;
      return start.ended(died);
    };
    assert.deepEqual([lives(), lives()], [0, 500]);
    clock.ms += 500;
    assert.equal(lives(), 1000);
  });
});

suite('a server that runs very often', () => {
  test('is not started once more until one of them is over, however often that is said', () => {
    const { pause } = paused();
    const [first, ...others] = Array.from({ length: 1_000 }, () => pause.begin());
    assert.throws(() => pause.begin(), refusal(/runs 1000 times already: end some sessions, or configure/));
    for (let n = 0; n < 2; n++) first?.ended(undefined);
    const again = pause.begin();
    assert.throws(() => pause.begin(), refusal(/runs 1000 times already/));
    for (const start of [again, ...others]) start.ended(undefined);
  });
});

suite('a server that started well', () => {
  test('may be started again at once, and its failures are forgotten', () => {
    const { clock, pause } = paused();
    clock.ms += pause.begin().ended(died);
    clock.ms += pause.begin().ended(died);
    const start = pause.begin();
    start.answered();
    clock.ms += 5_000;
    assert.equal(start.ended(died), 0);
    assert.equal(pause.begin().ended(died), 500);
  });

  test('is one that answered and was closed, however soon', () => {
    const { clock, pause } = paused();
    clock.ms += pause.begin().ended(died);
    const start = pause.begin();
    start.answered();
    assert.equal(start.ended(undefined), 0);
    assert.equal(pause.begin().ended(died), 500);
  });

  test('is not one that never answered, however long it took', () => {
    const { clock, pause } = paused();
    const start = pause.begin();
    clock.ms = 30_000;
    assert.equal(start.ended(died), 500);
  });

  test('says nothing of the starts after its own', () => {
    const { clock, pause } = paused();
    const old = pause.begin();
    old.answered();
    clock.ms = 10_000;
    assert.equal(pause.begin().ended(died), 500);
    clock.ms = 10_100;
    assert.equal(old.ended(died), 400);
    assert.throws(() => pause.begin(), refusal(/failure 1 in a row/));
  });
});
