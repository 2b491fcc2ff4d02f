/** A guard that keeps failing pauses: for the session that it fails, and for all only when it fails for several. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, credentials, status } from '@grpc/grpc-js';
import { Guard } from '../../../sidecar/guard/guard.ts';
import { GuardLog } from '../../../sidecar/guard/guard-log.ts';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { defaultGuardLimits } from '../../../sidecar/guard-limits.ts';
import { Log } from '../../../sidecar/log.ts';
import type { GuardStream } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { guardBytes, temporaryFolder } from '../../harness/wasm-guard.ts';

describe('a guard that keeps failing', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    sidecar = await RunningSidecar.serving({ traps: {}, 'traps-for-many': { guest: 'traps' } });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  it('for one session, however often, pauses for that one and no other, and recovers by itself', async () => {
    const [failing, neighbour] = [await open('traps', 'a'), await open('traps', 'b')];
    for (let times = 0; times < 3; times++) await trap(failing);
    await assert.rejects(failing.labelResource('get'), {
      code: status.UNAVAILABLE,
      reason: 'GUARD_UNAVAILABLE',
      message: /^it failed 3 times in a row for this session \(last: unreachable\); ask again in \d+ ms$/,
    });
    await neighbour.labelResource('get');
    await (await open('traps', 'a')).close();
    assert.equal(await health('traps'), 'SERVING');
    await untilAsked(failing);
    await trap(failing);
    await assert.rejects(failing.labelResource('get'), { message: /^it failed 4 times in a row/ });
    for (let times = 0; times < 3; times++) {
      await untilAsked(failing);
      await trap(failing);
    }
    assert.equal(await health('traps'), 'SERVING', 'one session alone never holds back the guard');
    await Promise.all([failing.close(), neighbour.close()]);
  });

  it('for several callers in a row pauses for all, says so in its health, and recovers by itself', async () => {
    const sessions = await Promise.all(['a', 'b', 'c'].map((name) => open('traps-for-many', name)));
    const [first, second, third] = sessions;
    assert.ok(first && second && third);
    assert.equal(await health('traps-for-many'), 'SERVING');
    for (const session of sessions) await trap(session);
    assert.equal(await health('traps-for-many'), 'NOT_SERVING');
    const stranger = sidecar.stream();
    await assert.rejects(stranger.open('traps-for-many'), {
      code: status.UNAVAILABLE,
      reason: 'GUARD_UNAVAILABLE',
      message:
        /it failed 3 times in a row, for several callers \(last: unreachable\); it is asked again in \d+ ms$/,
    });
    await untilAsked(first);
    // A question may be answered a moment before the health tells.
    while ((await health('traps-for-many')) !== 'SERVING') await delay(5);
    await Promise.all(sessions.map((session) => session.close()));
  });

  async function open(guard: string, principal: string): Promise<GuardStream> {
    const stream = sidecar.stream();
    stream.principal = principal;
    await stream.open(guard);
    return stream;
  }

  /** The pauses of these tests are short: 200 ms, 400 ms and so on. */
  async function untilAsked(stream: GuardStream): Promise<void> {
    for (;;) {
      const end = await stream.labelResource('get').then(
        () => 'answered',
        (error) => error.reason,
      );
      if (end === 'answered') return;
      assert.equal(end, 'GUARD_UNAVAILABLE');
      await delay(20);
    }
  }

  function health(service: string): Promise<string> {
    const client = new Client(sidecar.address, credentials.createInsecure());
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (name: string) => Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]),
      (bytes: Buffer) => (bytes[1] === 1 ? 'SERVING' : 'NOT_SERVING'),
      service,
      (error, answer) => (error === null && answer !== undefined ? resolve(answer) : reject(error)),
    );
    return promise.finally(() => client.close());
  }
});

describe('a guard that pauses', () => {
  it('says that it serves again, however early the timer comes that is to say so', async (test) => {
    const path = join(await temporaryFolder(), 'guard.wasm');
    await writeFile(path, await guardBytes('answers-public'));
    const states: string[] = [];
    const guard = new Guard(
      'guard',
      { log: new GuardLog('guard', new Log(new PassThrough().resume())), commandPrefix: [] },
      () => states.push(guard.state),
    );
    const config = { name: 'guard', path, sha256: undefined, policy: undefined, limits: defaultGuardLimits };
    await guard.load(config, new AbortController().signal);
    let nowMs = performance.now();
    const clock = test.mock.method(performance, 'now', () => nowMs);
    test.mock.timers.enable({ apis: ['setTimeout'] });
    for (const caller of ['a', 'b', 'c'])
      guard.failed({ task: 'label_response', caller, begunAt: nowMs, reason: 'it trapped' });
    assert.equal(states.at(-1), 'held_back');
    nowMs += 199.5;
    test.mock.timers.tick(200);
    assert.equal(guard.state, 'held_back');
    nowMs += 1;
    test.mock.timers.tick(1);
    assert.equal(states.at(-1), 'serving');
    test.mock.timers.reset();
    clock.mock.restore();
    await guard.close(new GuardError('SHUTTING_DOWN', 'the test is over'));
  });
});

async function trap(stream: GuardStream): Promise<void> {
  await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
}
