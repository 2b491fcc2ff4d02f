import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { GuardCatalog } from '../../../sidecar/guard/guard-catalog.ts';
import { defaultGuardLimits } from '../../../sidecar/guard-limits.ts';
import { Log } from '../../../sidecar/log.ts';
import { childrenOf, gone } from '../../harness/child-processes.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';
import { assemble, guardBytes, temporaryFolder } from '../../harness/wasm-guard.ts';

const limits = { cpuMs: 100, deadlineMs: 60_000 };
const labelExports = ['label_agent', 'label_resource', 'label_response']
  .map((name) => `(func (export "${name}") (param i32 i32 i32 i32) (result i32) (i32.const 0))`)
  .join('\n');

/** What each guard's file holds, and what is said of it. */
const files: Record<
  string,
  { bytes: () => Promise<Uint8Array> | Uint8Array; settings?: object; says: RegExp }
> = {
  'no-wasm': { bytes: () => Buffer.from('#!/bin/sh'), says: /WebAssembly/ },
  empty: { bytes: () => Buffer.of(), says: /WebAssembly|empty/ },
  'without-exports': {
    bytes: () => assemble('(module (memory (export "memory") 1))'),
    says: /no export "label_agent"/,
  },
  'with-a-forbidden-import': {
    bytes: () =>
      assemble(`(module (import "env" "open_socket" (func)) (memory (export "memory") 1) ${labelExports})`),
    says: /imports env\.open_socket, which no guard may/,
  },
  'with-another-digest': {
    bytes: () => guardBytes('answers-public'),
    settings: { sha256: '0'.repeat(64) },
    says: /has the sha256 [0-9a-f]{64}, not the configured 0{64}/,
  },
  'with-too-much-memory': {
    bytes: () => guardBytes('wants-4-GiB'),
    says: /its memory starts with 65536 pages/,
  },
  'that-does-not-validate': {
    bytes: () =>
      assemble(`(module (memory (export "memory") 1) ${labelExports} (func (result i32) (i64.const 0)))`),
    says: /is no valid WebAssembly module \(type mismatch/,
  },
  'that-traps-at-its-start': {
    bytes: () =>
      assemble(`(module (memory (export "memory") 1) ${labelExports} (func $s unreachable) (start $s))`),
    says: /does not load: unreachable/,
  },
  'that-loops-at-its-start': {
    bytes: () => guardBytes('start-loops'),
    settings: { limits },
    says: /does not load: it burnt more CPU time than it may/,
  },
};

describe('a sidecar with guards that cannot be loaded', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    const folder = await temporaryFolder();
    const guards: Record<string, object> = {};
    for (const [name, { bytes, settings = {} }] of Object.entries(files)) {
      const path = join(folder, `${name}.wasm`);
      await writeFile(path, await bytes());
      guards[name] = { type: 'wasm', path, ...settings };
    }
    const pipe = join(folder, 'pipe.wasm');
    execFileSync('mkfifo', [pipe]);
    const huge = join(folder, 'huge.wasm');
    await writeFile(huge, '');
    await truncate(huge, 64 * 1024 * 1024);
    const good = join(folder, 'good.wasm');
    await writeFile(good, await guardBytes('answers-public'));
    sidecar = await RunningSidecar.start({
      ...guards,
      missing: { type: 'wasm', path: join(folder, 'missing.wasm') },
      'that-is-a-folder': { type: 'wasm', path: folder },
      'that-is-a-pipe': { type: 'wasm', path: pipe },
      'that-is-huge': { type: 'wasm', path: huge },
      'of-another-type': { type: 'python' },
      'built-in': { type: 'noop' },
      good: { type: 'wasm', path: good },
    });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  const expectations: Record<string, RegExp> = {
    ...Object.fromEntries(Object.entries(files).map(([name, { says }]) => [name, says])),
    missing: /missing\.wasm cannot be read \(ENOENT\)/,
    'that-is-a-folder': /cannot be read \(it is no regular file\)/,
    'that-is-a-pipe': /cannot be read \(it is no regular file\)/,
    'that-is-huge': /cannot be read \(it has more than 33554432 bytes\)/,
    'of-another-type': /knows no guards of its type/,
  };
  for (const [name, says] of Object.entries(expectations)) {
    it(`says of the one ${name} why`, async () => {
      await assert.rejects(sidecar.stream().open(name), {
        code: status.UNAVAILABLE,
        reason: 'GUARD_UNAVAILABLE',
        message: says,
      });
      const line = sidecar.logLines.find(({ guard, level }) => guard === name && level === 'error');
      assert.match(line?.message ?? '', says);
    });
  }

  it('serves the others', async () => {
    const stream = await sidecar.open('good');
    await stream.labelResource('get');
    await stream.close();
  });

  it('does not know those that are built into the gateway', async () => {
    await assert.rejects(sidecar.stream().open('built-in'), { reason: 'GUARD_NOT_FOUND' });
  });

  it('keeps processes for the others only', async () => {
    await sidecar.hasGuardProcesses(2);
  });
});

describe('a catalog that is disposed of', () => {
  it('ends a guard that is still being loaded, and its processes with it', async () => {
    const path = join(await temporaryFolder(), 'guard.wasm');
    await writeFile(path, await guardBytes('start-loops'));
    const endless = { ...defaultGuardLimits, cpuMs: 60_000, deadlineMs: 600_000 };
    const guard = { name: 'endless', path, sha256: undefined, policy: undefined, limits: endless };
    const log = new Log(new PassThrough().resume());
    const stopping = new AbortController().signal;
    const catalog = new GuardCatalog({ log, commandPrefix: [], stopping });
    const started = Promise.withResolvers<void>();
    const applied = catalog.apply({ guards: [guard], unknownTypes: [] }, started.resolve);
    await started.promise;
    const pids = await childrenOf(process.pid);
    assert.ok(pids.length > 0);
    await catalog[Symbol.asyncDispose]();
    await Promise.all(pids.map(gone));
    assert.deepEqual(await applied, [
      { name: 'endless', outcome: 'failed', problem: 'the sidecar is shutting down' },
    ]);
  });
});
