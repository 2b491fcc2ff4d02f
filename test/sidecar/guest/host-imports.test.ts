import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuestFailure } from '../../../sidecar/guest/guest-failure.ts';
import { GuestLog } from '../../../sidecar/guest/guest-log.ts';
import { HostImports } from '../../../sidecar/guest/host-imports.ts';

const noWait = () => assert.fail('nobody waits here');

/** The host functions of an instance, and what it logged. */
function instance(): {
  host: HostImports;
  lines: string[];
  call: (name: string, ...args: number[]) => unknown;
} {
  const lines: string[] = [];
  const host = new HostImports(new GuestLog((_, line) => lines.push(`${Buffer.from(line)}`), 10));
  const call = (name: string, ...args: number[]) => {
    const imported = host.imports.env?.[name];
    assert.ok(typeof imported === 'function');
    return Reflect.apply(imported, undefined, args);
  };
  return { host, lines, call };
}

describe('the host functions of an instance', () => {
  it('that is starting have no memory to read from, and nothing to wait for', () => {
    const { lines, call } = instance();
    assert.equal(call('call_backend', 0, 3, 0, 0, 0, 0), -1);
    assert.equal(call('backend_error', 0, 100), 0);
    assert.equal(call('host_log', 1, 0, 5), undefined);
    assert.deepEqual(lines, []);
  });

  it('take whatever numbers the guest gives, and however many', () => {
    const { host, lines, call } = instance();
    host.attach(new WebAssembly.Memory({ initial: 1 }));
    host.beginCall(noWait);
    for (const args of [[], [1], [9, 0, 1], [-1, 65_535, 1], [1, 0, 0, 7, 7], [1, -1, -1], [0.5, 2, 1]]) {
      assert.equal(call('host_log', ...args), undefined);
    }
    assert.ok(lines.length > 0);
    assert.equal(call('backend_error', -1, -1), 0);
  });

  it('cut a line at 8 KiB, and write 10 lines of a call that may write 10', () => {
    const { host, lines, call } = instance();
    host.attach(new WebAssembly.Memory({ initial: 200 }));
    host.beginCall(noWait);
    for (let line = 0; line < 20; line++) call('host_log', 1, 0, 10_000_000);
    assert.deepEqual(
      lines.map(({ length }) => length),
      Array(10).fill(8 * 1024),
    );
    host.endCall();
    assert.equal(lines.at(-1), '10 more lines were dropped: a call may write 10');
  });

  it('all fail alike once its call was ended, however often they are tried', () => {
    const { host, call } = instance();
    host.attach(new WebAssembly.Memory({ initial: 1 }));
    host.beginCall(noWait);
    const ended = host.end(new GuestFailure('GUARD_ERROR', 'its call was cancelled'));
    assert.equal(host.end(new GuestFailure('GUARD_TRAPPED', 'another reason')), ended);
    for (const name of ['host_log', 'backend_error', 'abort', 'host_log']) {
      assert.throws(() => call(name, 0, 0, 0, 0), ended);
    }
  });
});
