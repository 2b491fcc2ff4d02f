import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { endlessGuest, proveKill, startEndlessGuest } from '../../../sidecar/process/prove-kill.ts';
import { childrenOf } from '../../harness/child-processes.ts';
import { assemble } from '../../harness/wasm-guard.ts';

const never = new AbortController().signal;
const end = () => undefined;
const wat = join(import.meta.dirname, '..', '..', '..', 'sidecar', 'process', 'endless-guest.wat');

describe('the proof that a guest can be killed', () => {
  it('holds here, and leaves nothing behind', async () => {
    await proveKill(never, (signal) => startEndlessGuest([], signal));
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('is made with the bytes of its source', async () => {
    assert.equal(Buffer.from(assemble(await readFile(wat, 'utf8'))).toString('base64'), endlessGuest);
  });

  // A system on which a process cannot be killed is not to be had: these stand in for one.
  it('fails where the guest returns', async () => {
    const process = { turn: async () => undefined, end, exited: Promise.resolve() };
    await assert.rejects(
      proveKill(never, async () => process),
      /does not serve.*\(it returned\)$/,
    );
  });

  it('fails where the guest ends in another way', async () => {
    const turn = async () => Promise.reject(new GuardError('GUARD_TRAPPED', 'it trapped'));
    const process = { turn, end, exited: Promise.resolve() };
    await assert.rejects(
      proveKill(never, async () => process),
      /does not serve.*\(GUARD_TRAPPED\)$/,
    );
  });

  it('fails where the process stays', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const turn = async () => Promise.reject(new GuardError('BUDGET_EXCEEDED', 'it burnt too much'));
    const process = { turn, end, exited: new Promise<void>(() => undefined) };
    const proof = proveKill(never, async () => process);
    await Promise.resolve();
    test.mock.timers.tick(10_000);
    await assert.rejects(proof, /does not serve.*\(it still ran after 10000 ms\)$/);
  });

  it('ends the guest that came up when it was to be given up, and waits for nothing', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const stopping = new AbortController();
    const { promise: exited, resolve: end } = Promise.withResolvers<void>();
    const turn = async (_: unknown, signal: AbortSignal) => signal.throwIfAborted();
    const proof = proveKill(stopping.signal, async () => {
      stopping.abort();
      return { turn, end, exited };
    });
    await assert.rejects(proof, { name: 'AbortError' });
  });
});
