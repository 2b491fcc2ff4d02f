import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { context, propagation, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { CachedToken } from '../../../gateway/server-credentials/cached-token.ts';
import { sendingTrace, traceHeaders } from '../../../gateway/telemetry/trace-context.ts';

const never = new AbortController().signal;
const minute = 60_000;

/** A source whose issuer gives `t1`, `t2`… that live for `lifeMs`, by a clock that the test sets. */
function source(lifeMs: number | undefined) {
  const clock = { ms: 0, fetches: 0 };
  const fetch = async () => {
    const value = `t${++clock.fetches}`;
    return { value, expiresAtMs: lifeMs === undefined ? undefined : clock.ms + lifeMs };
  };
  return { clock, token: new CachedToken(fetch, () => clock.ms) };
}

suite('the token of a server', () => {
  test('is kept until a minute before it expires', async () => {
    const { clock, token } = source(60 * minute);
    assert.equal(await token.token(never), 't1');
    clock.ms = 59 * minute - 1;
    assert.equal(await token.token(never), 't1');
    clock.ms = 59 * minute;
    assert.equal(await token.token(never), 't2');
  });

  test('is kept for half of its life where that is short, five minutes where nobody says, a day at most', async () => {
    for (const [lifeMs, keptMs] of [
      [30_000, 15_000],
      [undefined, 5 * minute],
      [1e12, 24 * 60 * minute - minute],
    ] as const) {
      const { clock, token } = source(lifeMs);
      await token.token(never);
      clock.ms = keptMs - 1;
      assert.equal(await token.token(never), 't1', String(lifeMs));
      clock.ms = keptMs;
      assert.equal(await token.token(never), 't2', String(lifeMs));
    }
  });

  test('that had expired when it came is used for nobody else', async () => {
    const { token } = source(-1_000);
    assert.deepEqual([await token.token(never), await token.token(never)], ['t1', 't2']);
  });

  test('is asked for once by all who wait, and one who gives up takes it from nobody', async () => {
    const issued = Promise.withResolvers<{ value: string; expiresAtMs: undefined }>();
    let fetches = 0;
    const token = new CachedToken(() => {
      fetches++;
      return issued.promise;
    });
    const ending = new AbortController();
    const waiting = [token.token(ending.signal), token.token(never), token.token(never)];
    ending.abort(new Error('enough'));
    await assert.rejects(async () => waiting[0], /enough/);
    issued.resolve({ value: 't', expiresAtMs: undefined });
    assert.deepEqual(await Promise.all(waiting.slice(1)), ['t', 't']);
    assert.equal(fetches, 1);
  });

  test('is asked for again after a failure', async () => {
    let fetches = 0;
    const token = new CachedToken(async () => {
      if (++fetches === 1) throw new Error('not now');
      return { value: 't', expiresAtMs: undefined };
    });
    await assert.rejects(token.token(never), /not now/);
    assert.equal(await token.token(never), 't');
  });

  test('is renewed once when it is refused, for all who were refused with it', async () => {
    const { clock, token } = source(60 * minute);
    await token.token(never);
    clock.ms = 30_000;
    assert.deepEqual(await Promise.all([token.renewed('t1', never), token.renewed('t1', never)]), [
      't2',
      't2',
    ]);
    assert.equal(await token.renewed('t1', never), 't2');
    assert.equal(clock.fetches, 2);
  });

  test('is not renewed when it has just been fetched: it is not at fault', async () => {
    const { clock, token } = source(60 * minute);
    await token.token(never);
    clock.ms = 29_999;
    assert.equal(await token.renewed('t1', never), undefined);
    assert.equal(clock.fetches, 1);
  });

  test('is asked for without the trace of the call that needs it', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    after(() => {
      context.disable();
      propagation.disable();
    });
    const sent: object[] = [];
    const token = new CachedToken(async () => {
      await undefined;
      sent.push(traceHeaders());
      return { value: 't', expiresAtMs: undefined };
    });
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED };
    const asking = sendingTrace(async (signal) => {
      await token.token(signal);
      sent.push(traceHeaders());
    });
    await context.with(trace.setSpanContext(context.active(), span), () => asking(never));
    assert.deepEqual(sent, [{}, { traceparent: `00-${span.traceId}-${span.spanId}-01` }]);
  });
});
