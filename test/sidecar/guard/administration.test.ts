/** What an operator sees and does while a sidecar runs, by its admin service. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { AdminServiceClient, type Guard, GuardState } from '../../../proto/gen/sluice/admin/v1/admin.ts';
import { description, json } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { versionedGuest } from '../../harness/versioned-guest.ts';
import { guardBytes, temporaryFolder } from '../../harness/wasm-guard.ts';

describe('the admin service', () => {
  let path: string;
  let sidecar: RunningSidecar;
  let admin: AdminServiceClient;
  before(async () => {
    const folder = await temporaryFolder();
    path = join(folder, 'guard.wasm');
    const traps = join(folder, 'traps.wasm');
    await writeFile(path, await versionedGuest({ version: 1 }));
    await writeFile(traps, await guardBytes('traps'));
    const guards = {
      guard: { type: 'wasm', path },
      twin: { type: 'wasm', path, limits: { memoryPages: 100 } },
      traps: { type: 'wasm', path: traps },
      missing: { type: 'wasm', path: join(folder, 'missing.wasm') },
    };
    sidecar = await RunningSidecar.start(guards, { isAdministered: true });
    admin = new AdminServiceClient(sidecar.adminAddress, credentials.createInsecure());
  });
  after(async () => {
    admin.close();
    await sidecar[Symbol.asyncDispose]();
  });

  it('lists every guard, with what is known of it', async () => {
    const { guards } = await call<{ guards: Guard[] }>((done) => admin.listGuards({}, done));
    const byName = new Map(guards.map((guard) => [guard.name, guard]));
    assert.deepEqual([...byName.keys()].sort(), ['guard', 'missing', 'traps', 'twin']);
    assert.equal(byName.get('guard')?.state, GuardState.GUARD_STATE_SERVING);
    assert.equal(byName.get('missing')?.state, GuardState.GUARD_STATE_UNAVAILABLE);
    assert.match(byName.get('missing')?.reason ?? '', /cannot be read \(ENOENT\)/);
    assert.equal(byName.get('guard')?.version?.digest, byName.get('twin')?.version?.digest);
    assert.equal(byName.get('twin')?.version?.limits.memoryPages, 100);
    assert.equal(byName.get('guard')?.version?.limits.memoryPages, 512);
  });

  it('counts what a guard does, and what it holds', async () => {
    const before = await get('traps');
    const stream = await sidecar.open('traps');
    await stream.labelResource('get');
    await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
    const open = await get('traps');
    assert.equal((open.counts?.calls ?? 0) - (before.counts?.calls ?? 0), 3);
    assert.equal(open.counts?.traps, 1);
    assert.equal(open.counts?.failures, 1);
    assert.equal(open.live?.sessions, 1);
    await stream.close();
    const closed = await get('traps');
    assert.equal(closed.live?.sessions, 0);
    const [serving] = closed.live?.processes ?? [];
    assert.ok(serving !== undefined && serving.pid > 0 && serving.residentBytes > 0 && serving.calls > 0);
    assert.ok((closed.counts?.cpuMs ?? 0) > 0);
  });

  it('takes a guard out of service at once, with what it is doing, until it is released', async () => {
    const stream = await sidecar.open('twin');
    stream.answerBackend = () => new Promise(() => undefined);
    const waiting = stream.labelResource('get');
    await stream.backendCall();
    const quarantined = await change((done) =>
      admin.quarantineGuard({ name: 'twin', reason: 'it looks odd' }, done),
    );
    assert.equal(quarantined.state, GuardState.GUARD_STATE_QUARANTINED);
    const unavailable = {
      code: status.UNAVAILABLE,
      reason: 'GUARD_UNAVAILABLE',
      message: /quarantined it: it looks odd/,
    };
    await assert.rejects(waiting, unavailable);
    await assert.rejects(stream.labelResource('get'), unavailable);
    await assert.rejects(sidecar.stream().open('twin'), unavailable);
    assert.deepEqual((await get('twin')).live?.processes, []);
    await call((done) => admin.reloadGuards({}, done));
    assert.equal((await get('twin')).state, GuardState.GUARD_STATE_QUARANTINED, 'a reload releases nothing');
    await assert.rejects(
      change((done) => admin.loadGuard({ name: 'twin' }, done)),
      { code: status.UNAVAILABLE },
    );
    const released = await change((done) => admin.releaseGuard({ name: 'twin' }, done));
    assert.equal(released.state, GuardState.GUARD_STATE_SERVING);
    stream.answerBackend = () => json({});
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
  });

  it('loads a guard that was unavailable, and says why where it cannot', async () => {
    const load = () => change((done) => admin.loadGuard({ name: 'missing' }, done));
    await assert.rejects(load(), { code: status.UNAVAILABLE, details: /cannot be read \(ENOENT\)/ });
    const missing = join(path, '..', 'missing.wasm');
    await writeFile(missing, await versionedGuest({ version: 5 }));
    assert.equal((await load()).state, GuardState.GUARD_STATE_SERVING);
    await rm(missing);
    await assert.rejects(
      change((done) => admin.loadGuard({ name: 'stranger' }, done)),
      { code: status.NOT_FOUND },
    );
  });

  it('reloads all, and says what became of each', async () => {
    await writeFile(path, await versionedGuest({ version: 6 }));
    const { reloads } = await call<{ reloads: { name: string; outcome: number; problem: string }[] }>(
      (done) => admin.reloadGuards({}, done),
    );
    const outcomes = new Map(reloads.map(({ name, outcome, problem }) => [name, { outcome, problem }]));
    assert.equal(outcomes.get('guard')?.outcome, outcomes.get('twin')?.outcome);
    assert.notEqual(outcomes.get('guard')?.outcome, outcomes.get('traps')?.outcome);
    assert.match(outcomes.get('missing')?.problem ?? '', /ENOENT/);
    assert.match((await get('missing')).reloadProblem, /ENOENT/, 'the version in service stays');
    assert.equal((await get('guard')).counts?.reloads, 1);
  });

  it('is not to be had where labels are', async () => {
    const labeler = new AdminServiceClient(sidecar.address, credentials.createInsecure());
    await assert.rejects(
      call((done) => labeler.listGuards({}, done)),
      { code: status.UNIMPLEMENTED },
    );
    labeler.close();
  });

  async function get(name: string): Promise<Guard> {
    return change((done) => admin.getGuard({ name }, done));
  }

  async function change(make: (done: Done<{ guard: Guard | undefined }>) => unknown): Promise<Guard> {
    const { guard } = await call(make);
    assert.ok(guard !== undefined);
    return guard;
  }
});

type Done<A> = (error: ServiceError | null, answer: A) => void;

function call<A>(make: (done: Done<A>) => unknown): Promise<A> {
  const { promise, resolve, reject } = Promise.withResolvers<A>();
  make((error, answer) => (error === null ? resolve(answer) : reject(error)));
  return promise;
}
