/** Guards that change while they are in use: nothing is lost, and no session ever has two versions of one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { GuardCatalog } from '../../../sidecar/guard/guard-catalog.ts';
import { GuardSession } from '../../../sidecar/guard/guard-session.ts';
import { defaultGuardLimits } from '../../../sidecar/guard-limits.ts';
import { Log } from '../../../sidecar/log.ts';
import { description, type GuardStream, json } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { type VersionedGuest, versionedGuest } from '../../harness/versioned-guest.ts';
import { assemble, temporaryFolder } from '../../harness/wasm-guard.ts';

const limits = { deadlineMs: 60_000, queueWaitMs: 60_000 };

describe('a reload', () => {
  let folder: string;
  let sidecar: RunningSidecar;
  beforeEach(async () => {
    folder = await temporaryFolder();
    await put({ version: 1 });
    sidecar = await RunningSidecar.start({ guard: { type: 'wasm', path: guardPath(), limits } });
  });
  afterEach(() => sidecar[Symbol.asyncDispose]());

  it('gives new sessions the new version, and others, too, once nothing of theirs is under way', async () => {
    const old = await open();
    assert.equal(await ask(old), '1');
    await put({ version: 2 });
    await reload('guard reloaded');
    const young = await open();
    assert.equal(await ask(young), '2');
    assert.equal(await ask(old), '2');
    assert.equal(old.openings.length, 2);
    assert.equal(old.openings[1]?.guardDigest, young.openings[0]?.guardDigest);
    assert.notEqual(old.openings[0]?.guardDigest, old.openings[1]?.guardDigest);
    await Promise.all([old.close(), young.close()]);
    await sidecar.hasGuardProcesses(2);
  });

  it('keeps a session on the old version as long as a question of it is under way', async () => {
    const stream = await open();
    const first = Promise.withResolvers<ReturnType<typeof json>>();
    stream.answerBackend = ({ id }) => (id === 1 ? first.promise : json({}));
    const waiting = ask(stream);
    await stream.backendCall();
    await put({ version: 2 });
    await reload('guard reloaded');
    assert.equal(await ask(stream), '1');
    first.resolve(json({}));
    assert.equal(await waiting, '1');
    assert.equal(stream.openings.length, 1);
    assert.equal(await ask(stream), '2');
    assert.equal(stream.openings.length, 2);
    await stream.close();
    await sidecar.hasGuardProcesses(2);
  });

  it('to a version that grants the agent something else ends its sessions, to be opened again', async () => {
    const stream = await open();
    await put({ version: 2, grants: 'private:a' });
    await reload('guard reloaded');
    await assert.rejects(ask(stream), { code: status.UNAVAILABLE, reason: 'GUARD_RELOADED' });
    await assert.rejects(stream.ended, { code: status.UNAVAILABLE, reason: 'GUARD_RELOADED' });
    const again = await open();
    assert.deepEqual(again.openings[0]?.agent?.secrecy, ['private:a']);
    assert.equal(await ask(again), '2');
    await again.close();
  });

  it('to a version that does not load is reported, and changes nothing', async () => {
    const stream = await open();
    await writeFile(guardPath(), assemble('(module)'));
    await reload('guard "guard" stays as it was: it has no export');
    assert.equal(await ask(stream), '1');
    assert.equal(stream.openings.length, 1);
    await rm(guardPath());
    await reload('guard "guard" stays as it was: its file');
    assert.equal(await ask(await open()), '1');
    await put({ version: 2 });
    await reload('guard reloaded');
    assert.equal(await ask(stream), '2');
    await stream.close();
  });

  it('of a pinned guard refuses a file that is not the configured one', async () => {
    const stream = await open();
    const sha256 = stream.openings[0]?.guardDigest;
    await configure({ guard: { type: 'wasm', path: guardPath(), limits, sha256 } });
    await reload('guard reloaded');
    await put({ version: 2 });
    await reload('not the configured');
    assert.equal(await ask(stream), '1');
    await stream.close();
  });

  it('of what has not changed starts nothing', async () => {
    const pids = await sidecar.hasReadyProcesses(2);
    const before = sidecar.log.length;
    await configure({
      guard: { type: 'wasm', path: guardPath(), limits },
      other: { type: 'wasm', path: guardPath(), limits },
    });
    const loaded = sidecar.logged('"message":"guard loaded","guard":"other"', before);
    sidecar.child.kill('SIGHUP');
    await loaded;
    assert.doesNotMatch(sidecar.log.slice(before), /guard reloaded/);
    await sidecar.hasReadyProcesses(4);
    const now = await sidecar.guardProcesses();
    assert.deepEqual(
      pids.filter((pid) => !now.includes(pid)),
      [],
    );
  });

  it('applies what has changed in the configuration, and lets what was removed end', async () => {
    const stream = await open();
    const held = Promise.withResolvers<ReturnType<typeof json>>();
    stream.answerBackend = () => held.promise;
    const waiting = ask(stream);
    await stream.backendCall();
    await configure({ other: { type: 'wasm', path: guardPath(), limits } });
    await reload('guard removed');
    await sidecar.logged('"message":"guard loaded","guard":"other"');
    await assert.rejects(open(), { reason: 'GUARD_NOT_FOUND' });
    await assert.rejects(ask(stream), { reason: 'GUARD_UNAVAILABLE', message: /removed/ });
    held.resolve(json({}));
    assert.equal(await waiting, '1');
    await stream.close();
    assert.equal(await ask(await open('other')), '1');
    await sidecar.hasGuardProcesses(2);
  });

  it('of a configuration that is wrong says all that is, and changes nothing', async () => {
    await writeFile(join(sidecar.folder, 'sluice.json'), '{ "guards": { "guard": { "type": "wasm" } } }');
    await reload('nothing was reloaded: the configuration stays as it was: guards.guard.path: is missing');
    assert.equal(await ask(await open()), '1');
  });

  it('is one of many that come at once, and the last state of the file is what counts', async () => {
    for (let version = 2; version <= 30; version++) {
      await put({ version });
      sidecar.child.kill('SIGHUP');
    }
    const stream = await open();
    while ((await ask(stream)) !== '30') await delay(10);
    assert.ok(sidecar.log.split('guard reloaded').length - 1 < 29, 'some were taken together');
    await stream.close();
    await sidecar.hasGuardProcesses(2);
  });

  it('loses no call under steady load, and shows how many there were', async (test) => {
    const loading = new AbortController();
    const sessions = Array.from({ length: 8 }, (_, index) => callSteadily(1 + (index % 2), loading.signal));
    for (let version = 2; version <= 9; version++) {
      await put({ version });
      await reload('guard reloaded');
    }
    loading.abort();
    const answers = await Promise.all(sessions);
    for (const versions of answers) {
      assert.equal(versions.at(-1), '9');
      assert.deepEqual(versions, versions.toSorted(), 'no session goes back');
    }
    test.diagnostic(`${answers.flat().length} calls over 8 reloads, none lost`);
    await sidecar.hasGuardProcesses(2);
  });

  it('ends what clings to the old version when its time is over, and runs it once more on the new one', async () => {
    const path = guardPath();
    const log = new Log(new PassThrough().resume());
    const stopping = new AbortController().signal;
    const config = { name: 'guard', path, sha256: undefined, policy: undefined, limits: defaultGuardLimits };
    const surroundings = { log, commandPrefix: [], stopping };
    await using catalog = new GuardCatalog(surroundings);
    await catalog.apply({ guards: [config], unknownTypes: [] });
    const guard = catalog.guard('guard');
    const asked = Promise.withResolvers<void>();
    const callBackend = async (_: unknown, signal: AbortSignal) => {
      if (guard.counters.reloads > 0) return Buffer.from('{}');
      asked.resolve();
      await once(signal, 'abort');
      throw signal.reason;
    };
    const labeling = { signal: stopping, callBackend };
    using session = new GuardSession(guard, { policy: undefined, principal: '', onReload: () => undefined });
    await session.open(labeling);
    const input = Buffer.from('{}');
    const answer = session.ask({ export: 'label_resource', input }, (output) => output, labeling);
    await asked.promise;
    const old = guard.version;
    await put({ version: 2 });
    await catalog.load(config);
    await old.retire(10);
    assert.match(Buffer.from(await answer).toString(), /"description":"2"/);
    assert.equal(guard.counters.reruns, 1);
    assert.equal(old.isClosed, true);
  });

  /** What one session is answered. With two questions at a time it has hardly ever nothing under way. */
  async function callSteadily(atOnce: number, signal: AbortSignal): Promise<(string | undefined)[]> {
    const stream = await open();
    const versions: (string | undefined)[] = [];
    const call = async () => {
      while (!signal.aborted) versions.push(await ask(stream));
    };
    await Promise.all(Array.from({ length: atOnce }, call));
    versions.push(await ask(stream));
    await stream.close();
    return versions;
  }

  async function open(name = 'guard'): Promise<GuardStream> {
    const stream = await sidecar.open(name);
    stream.answerBackend = () => json({});
    return stream;
  }

  async function reload(logs: string): Promise<void> {
    const before = sidecar.log.length;
    sidecar.child.kill('SIGHUP');
    await sidecar.logged(JSON.stringify(logs).slice(1, -1), before);
  }

  async function put(guest: VersionedGuest): Promise<void> {
    await writeFile(guardPath(), await versionedGuest(guest));
  }

  function configure(guards: object): Promise<void> {
    return writeFile(join(sidecar.folder, 'sluice.json'), JSON.stringify({ guards }));
  }

  function guardPath(): string {
    return join(folder, 'guard.wasm');
  }
});

async function ask(stream: GuardStream): Promise<string | undefined> {
  return description(await stream.labelResource('get'));
}
