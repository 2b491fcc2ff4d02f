/** Several sidecars as the guard sessions of one gateway see them. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { RemoteGuard } from '../../../gateway/guard/remote-guard.ts';
import { SidecarPool } from '../../../gateway/guard/sidecar-pool.ts';
import { type Answer, Operation, Reason } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { freePort } from '../../harness/free-port.ts';
import { ScriptedLabeler, type ScriptedSession, statusOf } from '../scripted-labeler.ts';
import { silentLog } from '../silent-log.ts';

const call = { tool: 'read', args: '{}' };
const never = new AbortController().signal;
const options = {
  guard: 'g',
  policy: '{}',
  principal: 'p',
  callBackend: async () => undefined,
  openTimeoutMs: 10_000,
};
const publicRead: Answer['labels'] = {
  $case: 'resource',
  value: {
    resource: { description: '', secrecy: [], integrity: [] },
    operation: Operation.OPERATION_READ,
  },
};

async function answer(session: ScriptedSession): Promise<void> {
  const { id } = await session.next('ask');
  session.send({ $case: 'answer', value: { id, labels: publicRead } });
}

async function refuse(session: ScriptedSession, reason: Reason): Promise<void> {
  const { id } = await session.next('ask');
  session.send({ $case: 'failed', value: { id, code: 8, reason, message: 'no room' } });
}

/** Waits until each of these is said to be ready, and no other: there is no event for it. */
async function areReady(pool: SidecarPool, addresses: readonly string[]): Promise<void> {
  for (;;) {
    const sidecars = Object.entries(pool.sidecars());
    const isSo = sidecars.every(([address, { state }]) => addresses.includes(address) && state === 'ready');
    if (isSo && sidecars.length === addresses.length) return;
    await nextTurn();
  }
}

const failsWith = (code: string) => (error: unknown) => error instanceof GatewayError && error.code === code;

suite('a pool of two sidecars', () => {
  let labelers: ScriptedLabeler[];
  let pool: SidecarPool;
  beforeEach(async () => {
    labelers = [await ScriptedLabeler.start(), await ScriptedLabeler.start()];
    const addresses = labelers.map(({ address }) => ({ kind: 'unix', path: address.slice(5) }) as const);
    pool = new SidecarPool({ addresses, tls: undefined }, silentLog);
    await areReady(
      pool,
      labelers.map(({ address }) => address),
    );
  });
  afterEach(async () => {
    pool[Symbol.dispose]();
    await Promise.all(labelers.map((labeler) => labeler[Symbol.asyncDispose]()));
  });

  /** The next session, at whichever it is opened, and the labeler that it is not at. */
  async function nextSession(): Promise<{ session: ScriptedSession; other: ScriptedLabeler }> {
    for (;;) {
      for (const [index, labeler] of labelers.entries()) {
        const session = labeler.takeSession();
        const other = labelers[1 - index];
        if (session !== undefined && other !== undefined) return { session, other };
      }
      await nextTurn();
    }
  }

  async function opened() {
    const opening = RemoteGuard.open(pool, options);
    const { session, other } = await nextSession();
    await session.accept();
    return { guard: await opening, session, other };
  }

  test('opens sessions at one after the other', async () => {
    for (let round = 0; round < 2; round++) {
      const guards = [RemoteGuard.open(pool, options), RemoteGuard.open(pool, options)];
      for (const labeler of labelers) await (await labeler.session()).accept();
      for (const guard of await Promise.all(guards)) guard[Symbol.dispose]();
    }
  });

  for (const reason of ['QUEUE_FULL', 'QUEUE_TIMEOUT', 'GUARD_UNAVAILABLE', 'GUARD_NOT_FOUND'] as const) {
    test(`asks elsewhere what one refuses with ${reason}, at opening and afterwards`, async () => {
      const opening = RemoteGuard.open(pool, options);
      const first = await nextSession();
      first.session.fail(statusOf(reason));
      const second = await first.other.session();
      await second.accept();
      const guard = await opening;
      const asking = guard.labelResource(call, never);
      await refuse(second, Reason[`REASON_${reason}`]);
      const [elsewhere] = labelers.filter((labeler) => labeler !== first.other);
      const third = await elsewhere?.session();
      assert.ok(third !== undefined);
      await third.accept();
      await answer(third);
      assert.equal((await asking).operation, 'read');
      await second.ended;
    });
  }

  test('gives up when the other has no room either, having asked each once', async () => {
    const { guard, session, other } = await opened();
    const asking = guard.labelResource(call, never);
    await refuse(session, Reason.REASON_QUEUE_FULL);
    const second = await other.session();
    await second.accept();
    await refuse(second, Reason.REASON_QUEUE_FULL);
    await assert.rejects(asking, failsWith('QUEUE_FULL'));
  });

  test('lets what is under way finish where it is, while the session moves', async () => {
    const { guard, session, other } = await opened();
    const slow = guard.labelResource(call, never);
    const asked = await session.next('ask');
    const refused = guard.labelResource(call, never);
    await refuse(session, Reason.REASON_QUEUE_FULL);
    const second = await other.session();
    await second.accept();
    await answer(second);
    await refused;
    session.send({ $case: 'answer', value: { id: asked.id, labels: publicRead } });
    assert.equal((await slow).operation, 'read');
    await session.ended;
  });

  test('asks elsewhere what was open at one that shuts down', async () => {
    const { guard, session, other } = await opened();
    const asking = guard.labelResource(call, never);
    await session.next('ask');
    session.fail(statusOf('SHUTTING_DOWN'));
    const second = await other.session();
    await second.accept();
    await answer(second);
    assert.equal((await asking).operation, 'read');
  });

  test('asks nobody else what a guard itself has refused', async () => {
    const opening = RemoteGuard.open(pool, options);
    (await nextSession()).session.fail(statusOf('POLICY_REJECTED'));
    await assert.rejects(opening, failsWith('POLICY_REJECTED'));
  });

  test('opens nothing any more once it is closed', async () => {
    pool[Symbol.dispose]();
    await assert.rejects(RemoteGuard.open(pool, options), failsWith('GUARD_UNAVAILABLE'));
  });
});

suite('the sidecars behind a name', () => {
  test('are those that it leads to now; sessions at one that is gone from it go on', async () => {
    const port = await freePort();
    await using first = await ScriptedLabeler.start(`127.0.0.1:${port}`);
    await using second = await ScriptedLabeler.start(`127.0.0.2:${port}`);
    let addresses = ['127.0.0.1'];
    const names = { resolve: async () => addresses, pauseMs: 1 };
    const name = { kind: 'dns', host: 'sidecars.example', port } as const;
    using pool = new SidecarPool({ addresses: [name], tls: undefined }, silentLog, names);
    await areReady(pool, [first.address]);
    const opening = RemoteGuard.open(pool, options);
    const session = await first.session();
    await session.accept();
    const guard = await opening;
    addresses = ['127.0.0.2', '127.0.0.1', '127.0.0.2'];
    await areReady(pool, [first.address, second.address]);
    addresses = ['127.0.0.2'];
    await areReady(pool, [second.address]);
    const asking = guard.labelResource(call, never);
    await answer(session);
    assert.equal((await asking).operation, 'read');
    guard[Symbol.dispose]();
    const next = RemoteGuard.open(pool, options);
    await (await second.session()).accept();
    (await next)[Symbol.dispose]();
  });

  test('stay while the name cannot be resolved, and the log says so once', async () => {
    await using only = await ScriptedLabeler.start(`127.0.0.1:${await freePort()}`);
    const port = Number(only.address.split(':').at(-1));
    let lookups = 0;
    const resolve = async () => {
      if (lookups++ === 0) return ['127.0.0.1'];
      throw new Error('no such name');
    };
    const lines: string[] = [];
    const log = Object.assign(Object.create(silentLog), {
      write: (_: string, line: string) => lines.push(line),
    });
    const name = { kind: 'dns', host: 'sidecars.example', port } as const;
    using pool = new SidecarPool({ addresses: [name], tls: undefined }, log, { resolve, pauseMs: 1 });
    await areReady(pool, [only.address]);
    while (lookups < 4) await nextTurn();
    await areReady(pool, [only.address]);
    assert.deepEqual(
      lines.filter((line) => line.includes('cannot be resolved')),
      ["the sidecars' name sidecars.example cannot be resolved, those known stay: no such name"],
    );
  });
});
