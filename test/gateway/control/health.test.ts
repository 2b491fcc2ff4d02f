import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Health } from '../../../gateway/control/health.ts';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { noopGuard } from '../../../gateway/guard/built-in-guards.ts';
import type { GuardState } from '../../../gateway/guarded-server.ts';
import { GrantingServer } from '../granting-server.ts';

/** A server whose guard's state is what its last probe came to. */
class ProbedServer extends GrantingServer {
  #state: GuardState | undefined;
  probes = 0;
  outcome: () => Promise<GuardState> = async () => ({ kind: 'ready' });

  override get guardState(): GuardState | undefined {
    return this.#state;
  }

  override async probe(): Promise<void> {
    this.probes++;
    this.#state = await this.outcome();
  }
}

/** Waits for the first answer other than 503. */
async function started(health: Health): Promise<unknown> {
  for (;;) {
    const { status, body } = await health.report();
    if (status !== 503) return body;
    await new Promise(setImmediate);
  }
}

suite('health', () => {
  test('is 503 until every server’s guard was had or not, and says which are', async () => {
    const [fast, slow] = [new ProbedServer('fast'), new ProbedServer('slow')];
    const outcome = Promise.withResolvers<GuardState>();
    slow.outcome = () => outcome.promise;
    const health = new Health([fast, slow]);
    health.start();
    await new Promise(setImmediate);
    assert.deepEqual(await health.report(), {
      status: 503,
      body: {
        status: 'starting',
        servers: { fast: { state: 'ready', guard: 'noop' }, slow: { state: 'starting', guard: 'noop' } },
      },
    });
    outcome.resolve({ kind: 'unavailable', reason: 'it is broken' });
    assert.deepEqual(await started(health), {
      status: 'ready',
      servers: {
        fast: { state: 'ready', guard: 'noop' },
        slow: { state: 'unavailable', guard: 'noop', reason: 'it is broken' },
      },
    });
  });

  test('survives a probe that fails', async () => {
    const server = new ProbedServer('failing');
    server.outcome = () => Promise.reject(new GatewayError('GUARD_UNAVAILABLE', 'no'));
    const health = new Health([server]);
    health.start();
    await started(health);
  });

  test('does not probe again for each who asks', async () => {
    const server = new ProbedServer();
    const health = new Health([server]);
    health.start();
    await started(health);
    await Promise.all([health.report(), health.report(), health.report()]);
    assert.equal(server.probes, 1);
  });

  test('does not wait for a guard that has stopped to answer, nor calls it ready', async (context) => {
    const server = new ProbedServer('stuck');
    const health = new Health([server]);
    health.start();
    await started(health);
    server.outcome = () => new Promise(() => undefined);
    // The probe is too old.
    const later = performance.now() + 2_000;
    context.mock.method(performance, 'now', () => later);
    const { status, body } = await health.report();
    assert.equal(status, 200);
    const reason = 'the guard has not answered for 1000 ms';
    assert.deepEqual(body, {
      status: 'ready',
      servers: { stuck: { state: 'unavailable', guard: 'noop', reason } },
    });
  });
});

suite('a guarded server', () => {
  test('has no state before its guard was asked for, and closes the guard of a probe', async () => {
    const server = new GrantingServer();
    assert.equal(server.guardState, undefined);
    const probing = server.probe();
    server.grant(noopGuard.grant);
    await probing;
    assert.equal(server.closed, 1);
  });
});
