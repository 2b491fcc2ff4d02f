import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Attempt, RateLimitBreaker } from '../../../gateway/shaping/rate-limit-breaker.ts';

const fine = '{"content":[]}';
const limited = errorResult('API rate limit exceeded');
const refused = { code: 'RATE_LIMITED' };

function errorResult(text: string): string {
  return JSON.stringify({ content: [{ type: 'text', text }], isError: true });
}

/** A breaker that opens at the third result in a row, for a minute, and a clock that a test moves. */
class Stage {
  nowMs = 0;
  readonly changes: string[] = [];
  readonly breaker = new RateLimitBreaker(
    { threshold: 3, cooldownMs: 60_000 },
    {
      now: () => this.nowMs,
      onChange: (change) => this.changes.push(change === 'closed' ? change : `open ${change.openForMs}`),
    },
  );

  enter(): Attempt {
    return this.breaker.enter();
  }

  call(...results: readonly string[]): void {
    for (const result of results) {
      using attempt = this.enter();
      attempt.note(result);
    }
  }

  opened(): Stage {
    this.call(limited, limited, limited);
    return this;
  }
}

suite('the breaker on rate limits', () => {
  test('opens after so many results in a row, and lets the server alone until the cooldown is over', () => {
    const stage = new Stage();
    stage.call(limited, limited, fine, limited, limited, errorResult('no such issue'), limited, limited);
    assert.deepEqual(stage.changes, []);
    stage.call(limited);
    assert.deepEqual(stage.changes, ['open 60000']);
    assert.throws(() => stage.enter(), refused);
    stage.nowMs = 59_999;
    assert.throws(() => stage.enter(), refused);
    stage.nowMs = 60_000;
    stage.call(fine, limited, limited);
    assert.deepEqual(stage.changes, ['open 60000', 'closed']);
  });

  test('lets one probe through, and closes when that is answered', () => {
    const stage = new Stage().opened();
    stage.nowMs = 60_000;
    using probe = stage.enter();
    assert.throws(() => stage.enter(), refused);
    probe.note(fine);
    stage.call(fine, fine);
  });

  test('opens again when the probe is limited', () => {
    const stage = new Stage().opened();
    stage.nowMs = 60_000;
    stage.call(limited);
    assert.throws(() => stage.enter(), refused);
    stage.nowMs = 120_000;
    stage.call(fine);
    assert.deepEqual(stage.changes, ['open 60000', 'open 60000', 'closed']);
  });

  test('lets another probe through when one ended without an answer', () => {
    const stage = new Stage().opened();
    stage.nowMs = 60_000;
    stage.enter()[Symbol.dispose]();
    using probe = stage.enter();
    assert.throws(() => stage.enter(), refused);
    probe.note(fine);
    stage.call(fine);
  });

  test('lets another probe through when one is stranded, whose end then makes no room', () => {
    const stage = new Stage().opened();
    stage.nowMs = 60_000;
    const stranded = stage.enter();
    stage.nowMs = 90_000;
    assert.throws(() => stage.enter(), refused);
    stage.nowMs = 90_001;
    using _probe = stage.enter();
    stranded[Symbol.dispose]();
    assert.throws(() => stage.enter(), refused);
  });

  test('learns nothing from calls that fail on the way', () => {
    const stage = new Stage();
    stage.call(limited, limited);
    stage.enter()[Symbol.dispose]();
    stage.call(limited);
    assert.deepEqual(stage.changes, ['open 60000']);
  });

  test('learns nothing from answers to calls that began before it opened', () => {
    const stage = new Stage();
    using early = stage.enter();
    using other = stage.enter();
    stage.opened();
    early.note(fine);
    assert.throws(() => stage.enter(), refused);
    stage.nowMs = 60_000;
    using probe = stage.enter();
    other.note(limited);
    probe.note(fine);
    assert.deepEqual(stage.changes, ['open 60000', 'closed']);
  });

  test('stays open until the time that the server names, even in an earlier answer', () => {
    const stage = new Stage();
    stage.call(errorResult('API rate limit exceeded [rate reset in 2m05s]'), limited);
    stage.nowMs = 5_000;
    stage.call(limited);
    assert.deepEqual(stage.changes, ['open 120000']);
    stage.nowMs = 124_999;
    assert.throws(() => stage.enter(), refused);
    stage.nowMs = 125_000;
    stage.call(limited);
    assert.deepEqual(stage.changes, ['open 120000', 'open 60000']);
  });
});
