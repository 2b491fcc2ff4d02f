import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutOfBounds } from '../../../sidecar/guest/guest-memory.ts';
import { type Wasi, type WasiHost, wasi } from '../../../sidecar/guest/wasi.ts';
import { allowedImports } from '../../../sidecar/module/allowed-imports.ts';
import { compileWat } from '../../guards/compile-wat.ts';

const [success, badf, fault, inval, nosys] = [0, 8, 21, 28, 52];
const memoryBytes = 65_536;
const signatures = allowedImports.get('wasi_snapshot_preview1') ?? new Map<string, string>();

/** A guest that does one thing: its export `call` passes its parameters on to a function of WASI. */
interface Guest {
  readonly call: (...parameters: (number | bigint)[]) => number;
  /** The same, where the guest can be suspended. */
  readonly callSuspending: (...parameters: number[]) => Promise<number | undefined>;
  readonly bytes: () => Uint8Array;
  readonly view: () => DataView;
  readonly grow: () => void;
  readonly lines: string[];
  readonly sleeps: number[];
  readonly flush: () => void;
}

class Exit extends Error {}

/** A guest that calls the function of that name, or one in WebAssembly text. */
function guest(name: string, overrides: Partial<WasiHost> = {}): Guest {
  const [lines, sleeps]: [string[], number[]] = [[], []];
  const world: Wasi = wasi({
    memory: () => expectMemory(exports.memory),
    writeLine: (stream, line) => lines.push(`${stream}: ${line}`),
    sleep: (milliseconds) => {
      sleeps.push(milliseconds);
      return undefined;
    },
    exit: (code) => {
      throw new Exit(`${code}`);
    },
    ...overrides,
  });
  const module = new WebAssembly.Module(compileWat(signatures.has(name) ? caller(name) : name));
  const { exports } = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: importsOf(world, overrides.sleep !== undefined),
  });
  const memory = expectMemory(exports.memory);
  const { call } = exports;
  assert.ok(typeof call === 'function');
  return {
    call: call as Guest['call'],
    callSuspending: WebAssembly.promising(call),
    bytes: () => new Uint8Array(memory.buffer),
    view: () => new DataView(memory.buffer),
    grow: () => memory.grow(1),
    lines,
    sleeps,
    flush: world.flush,
  };
}

function expectMemory(exported: WebAssembly.ExportValue | undefined): WebAssembly.Memory {
  return exported instanceof WebAssembly.Memory ? exported : assert.fail('no memory');
}

/** A guest whose sleeps suspend it must be called through `callSuspending`: the engine refuses anything else. */
function importsOf({ functions, pollOneoff }: Wasi, suspends: boolean): WebAssembly.ModuleImports {
  return { ...functions, poll_oneoff: suspends ? new WebAssembly.Suspending(pollOneoff) : pollOneoff };
}

/** WebAssembly text of a guest that only calls `name`. */
function caller(name: string): string {
  const [parameters = '', result = ''] = textOf(name);
  const passed = parameters.split(' ').filter(Boolean);
  return `(module
    (import "wasi_snapshot_preview1" "${name}" (func $f (param ${parameters}) (result ${result})))
    (memory (export "memory") 1)
    (func (export "call") (param ${parameters}) (result ${result})
      ${passed.map((_, index) => `local.get ${index}`).join(' ')} call $f))`;
}

/** The parameters and the result of a function as WebAssembly text. */
function textOf(name: string): string[] {
  return (signatures.get(name) ?? '').replace(/[(),]/g, '').split(/ ?-> /);
}

describe('a guest that imports WASI', () => {
  it('links with all of its 46 functions', () => {
    const imports = [...signatures.keys()].map((name) => {
      const [parameters, result] = textOf(name);
      return `(import "wasi_snapshot_preview1" "${name}" (func (param ${parameters}) (result ${result})))`;
    });
    const module = new WebAssembly.Module(compileWat(`(module ${imports.join('\n')})`));
    const host: WasiHost = { memory: fail, writeLine: fail, sleep: fail, exit: fail };
    assert.equal(WebAssembly.Module.imports(module).length, 46);
    assert.ok(new WebAssembly.Instance(module, { wasi_snapshot_preview1: importsOf(wasi(host), true) }));
  });
});

describe('what is not offered', () => {
  const cases: [string, (number | bigint)[], number][] = [
    ['fd_prestat_get', [3, 0], badf],
    ['fd_prestat_dir_name', [3, 0, 8], badf],
    ['path_open', [3, 0, 0, 1, 0, 0n, 0n, 0, 100], badf],
    ['path_filestat_get', [3, 0, 0, 1, 100], badf],
    ['path_symlink', [0, 1, 3, 0, 1], badf],
    ['fd_seek', [1, 0n, 0, 100], nosys],
    ['fd_seek', [7, 0n, 0, 100], badf],
    ['fd_fdstat_set_flags', [1, 0], nosys],
    ['fd_readdir', [3, 0, 8, 0n, 100], badf],
    ['fd_sync', [2], nosys],
    ['fd_renumber', [1, 2], nosys],
    ['fd_pread', [0, 0, 0, 0n, 100], nosys],
    ['sock_accept', [3, 0, 100], badf],
    ['sock_shutdown', [0, 0], nosys],
    ['proc_raise', [9], nosys],
  ];
  for (const [name, parameters, expected] of cases) {
    it(`${name}(${parameters.join(', ')}) returns ${expected} and writes nothing`, () => {
      const { call, bytes } = guest(name);
      bytes().fill(0xaa);
      assert.equal(call(...parameters), expected);
      assert.ok(bytes().every((byte) => byte === 0xaa));
    });
  }

  it('arguments and environment are empty', () => {
    for (const name of ['args_sizes_get', 'environ_sizes_get']) {
      const { call, bytes } = guest(name);
      bytes().fill(0xaa);
      assert.equal(call(8, 16), success);
      assert.deepEqual([...bytes().subarray(4, 24)], [...b('aaaaaaaa 00000000 aaaaaaaa 00000000 aaaaaaaa')]);
    }
    assert.equal(guest('args_get').call(0, 0), success);
    assert.equal(guest('environ_get').call(0, 0), success);
  });

  it('sched_yield does nothing', () => assert.equal(guest('sched_yield').call(), success));
});

describe('a pointer that is out of bounds is EFAULT, and nothing is written', () => {
  const pointers = [memoryBytes, memoryBytes - 3, 0x7fffffff, -0x80000000, -1];
  /** `P` stands for the pointer. */
  const cases: [string, (number | bigint | 'P')[]][] = [
    ['args_sizes_get', ['P', 96]],
    ['args_sizes_get', [96, 'P']],
    ['environ_sizes_get', [96, 'P']],
    ['clock_res_get', [0, 'P']],
    ['clock_time_get', [1, 0n, 'P']],
    ['random_get', ['P', 4]],
    ['random_get', [1, -1]],
    ['random_get', [0, memoryBytes + 1]],
    ['fd_fdstat_get', [1, 'P']],
    ['fd_filestat_get', [1, 'P']],
    ['fd_read', [0, 'P', 1, 0]],
    ['fd_read', [0, 0, 1, 'P']],
    ['fd_write', [1, 'P', 1, 0]],
    ['fd_write', [1, 0, 1, 'P']],
    ['poll_oneoff', ['P', 0, 1, 0]],
    ['poll_oneoff', [0, 'P', 1, 0]],
    ['poll_oneoff', [0, 0, 1, 'P']],
  ];
  for (const [name, parameters] of cases) {
    it(`${name}(${parameters.join(', ')})`, () => {
      const { call, bytes, lines, sleeps, flush } = guest(name);
      for (const pointer of pointers) {
        bytes().fill(0xaa).fill(0, 0, 48);
        // One buffer of eight bytes for fd_read and fd_write; a clock of some time for poll_oneoff.
        bytes()[4] = 8;
        bytes()[24] = 99;
        const before = bytes().slice();
        assert.equal(call(...parameters.map((each) => (each === 'P' ? pointer : each))), fault, `${pointer}`);
        assert.deepEqual(bytes(), before);
        flush();
        assert.deepEqual([...lines, ...sleeps], []);
      }
    });
  }

  it('a buffer of fd_write that ends beyond the memory', () => {
    const { call, view, lines, flush } = guest('fd_write');
    view().setUint32(4, 8, true);
    view().setUint32(8, memoryBytes - 4, true);
    view().setUint32(12, 5, true);
    assert.equal(call(1, 0, 2, 100), fault);
    flush();
    assert.deepEqual(lines, []);
  });

  it('any pointer while the instance is still starting', () => {
    const host: Partial<WasiHost> = {
      memory: () => {
        throw new OutOfBounds('the instance is still starting');
      },
    };
    assert.equal(guest('clock_time_get', host).call(0, 0n, 0), fault);
    assert.equal(guest('fd_write', host).call(1, 0, 0, 0), fault);
    assert.equal(guest('poll_oneoff', host).call(0, 0, 1, 0), fault);
  });
});

describe('clocks and random numbers are real', () => {
  it('the realtime clock', () => {
    const { call, view } = guest('clock_time_get');
    const before = BigInt(Date.now());
    assert.equal(call(0, 0n, memoryBytes - 8), success);
    const milliseconds = view().getBigUint64(memoryBytes - 8, true) / 1_000_000n;
    assert.ok(milliseconds >= before && milliseconds <= BigInt(Date.now()), `${milliseconds}`);
  });

  it('the monotonic clock', () => {
    const { call, view } = guest('clock_time_get');
    assert.equal(call(1, 0n, 0), success);
    assert.equal(call(1, 0n, 8), success);
    assert.ok(view().getBigUint64(8, true) > view().getBigUint64(0, true));
  });

  it('their resolution', () => {
    const { call, view } = guest('clock_res_get');
    assert.deepEqual([call(0, 0), call(1, 8)], [success, success]);
    assert.deepEqual([view().getBigUint64(0, true), view().getBigUint64(8, true)], [1_000_000n, 1n]);
  });

  for (const id of [2, 3, 4, -1]) {
    it(`clock ${id} is EINVAL`, () => {
      assert.equal(guest('clock_time_get').call(id, 0n, 0), inval);
      assert.equal(guest('clock_res_get').call(id, 0), inval);
    });
  }

  it('random numbers fill the buffer and nothing else, whatever its length', () => {
    const { call, bytes, grow } = guest('random_get');
    for (let pages = 1; pages < 4; pages++) grow();
    assert.equal(call(10, 200_000), success);
    assert.ok(
      bytes()
        .subarray(0, 10)
        .every((byte) => byte === 0),
    );
    assert.ok(
      bytes()
        .subarray(200_010)
        .every((byte) => byte === 0),
    );
    for (let start = 10; start < 200_010 - 64; start += 64) {
      assert.ok(
        bytes()
          .subarray(start, start + 64)
          .some((byte) => byte !== 0),
        `zeros at ${start}`,
      );
    }
    assert.equal(call(bytes().length, 0), success);
  });
});

describe('standard input', () => {
  it('is at its end', () => {
    const { call, view, bytes } = guest('fd_read');
    view().setUint32(0, 200, true);
    view().setUint32(4, 8, true);
    bytes().fill(0xaa, 100, 300);
    assert.equal(call(0, 0, 1, 100), success);
    assert.equal(view().getUint32(100, true), 0);
    assert.ok(
      bytes()
        .subarray(104, 300)
        .every((byte) => byte === 0xaa),
    );
  });

  it('is the only file to read from', () => {
    assert.equal(guest('fd_read').call(1, 0, 0, 100), badf);
    assert.equal(guest('fd_read').call(3, 0, 0, 100), badf);
  });
});

describe('standard output and error', () => {
  const bufferAt = 1024;

  /** Calls fd_write with `parts`; the number of bytes that it says it took. */
  function write({ call, bytes, view }: Guest, fd: number, ...parts: (string | Uint8Array)[]): number {
    let at = bufferAt;
    for (const [index, part] of parts.entries()) {
      const data = typeof part === 'string' ? Buffer.from(part) : part;
      bytes().set(data, at);
      view().setUint32(index * 8, at, true);
      view().setUint32(index * 8 + 4, data.length, true);
      at += data.length;
    }
    assert.equal(call(fd, 0, parts.length, 1000), success);
    return view().getUint32(1000, true);
  }

  it('are lines for the log, from any number of buffers and writes', () => {
    const writer = guest('fd_write');
    assert.equal(write(writer, 1, 'first\nsec', 'ond', '\r\n\nthi'), 18);
    assert.equal(write(writer, 2, 'error\n'), 6);
    assert.equal(write(writer, 1), 0);
    assert.equal(write(writer, 1, 'rd\nrest'), 7);
    assert.deepEqual(writer.lines, [
      'stdout: first',
      'stdout: second',
      'stdout: ',
      'stderr: error',
      'stdout: third',
    ]);
    writer.flush();
    writer.flush();
    assert.deepEqual(writer.lines.slice(5), ['stdout: rest']);
  });

  it('a line of more than 8 KiB becomes several, without cutting a character', () => {
    const writer = guest('fd_write');
    const long = `${'x'.repeat(8191)}é${'y'.repeat(8190)}`;
    write(writer, 1, long, '\n', 'z'.repeat(8191), 'z', '\n');
    assert.deepEqual(writer.lines, [
      `stdout: ${'x'.repeat(8191)}`,
      `stdout: é${'y'.repeat(8190)}`,
      `stdout: ${'z'.repeat(8192)}`,
    ]);
  });

  it('bytes that are not UTF-8 are replaced', () => {
    const writer = guest('fd_write');
    write(writer, 2, Uint8Array.of(0x61, 0xff, 0x0a));
    assert.deepEqual(writer.lines, ['stderr: a\ufffd']);
  });

  it('are the only files to write to', () => {
    for (const fd of [0, 3, -1]) assert.equal(guest('fd_write').call(fd, 0, 0, 100), badf);
  });

  it('take at most 1,024 buffers and a megabyte at once', () => {
    const { call, view, bytes, lines } = guest('fd_write');
    for (let index = 0; index < 1024; index++) view().setUint32(index * 8 + 4, memoryBytes, true);
    bytes().fill(0x0a, 8192);
    bytes().set(bytes().subarray(0, 8192));
    assert.equal(call(1, 0, 1024, 60_000), success);
    assert.equal(view().getUint32(60_000, true), 1024 * 1024);
    assert.ok(lines.length > 900_000);
    assert.equal(call(1, 0, 1025, 60_000), inval);
    assert.equal(guest('fd_read').call(0, 0, 1025, 60_000), inval);
  });

  it('look like a terminal, so that C libraries write line by line', () => {
    for (const [fd, rights] of [
      [0, 0x08000002n],
      [1, 0x08000040n],
      [2, 0x08000040n],
    ] as const) {
      const { call, view, bytes } = guest('fd_fdstat_get');
      bytes().fill(0xaa);
      assert.equal(call(fd, 8), success);
      assert.deepEqual([...bytes().subarray(8, 16)], [2, 0, 0, 0, 0, 0, 0, 0]);
      assert.deepEqual([view().getBigUint64(16, true), view().getBigUint64(24, true)], [rights, 0n]);
      assert.deepEqual([bytes()[7], bytes()[32]], [0xaa, 0xaa]);
    }
    assert.equal(guest('fd_fdstat_get').call(3, 8), badf);
  });

  it('have a file status: a device', () => {
    const { call, bytes } = guest('fd_filestat_get');
    bytes().fill(0xaa, 0, 100);
    assert.equal(call(1, 8), success);
    const expected = new Uint8Array(64);
    expected[16] = 2;
    expected[24] = 1;
    assert.deepEqual(bytes().slice(8, 72), expected);
    assert.deepEqual([bytes()[7], bytes()[72]], [0xaa, 0xaa]);
    assert.equal(call(3, 8), badf);
  });

  it('can be closed, once', () => {
    const { call } = guest('fd_close');
    assert.deepEqual([call(1), call(1), call(3)], [success, badf, badf]);
  });

  it('are gone once they are closed', () => {
    const closer = `(module
      (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "call") (param i32) (result i32)
        (drop (call $close (local.get 0)))
        (call $write (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0))))`;
    assert.equal(guest(closer).call(2), badf);
  });
});

describe('proc_exit', () => {
  for (const code of [0, 1, -1]) {
    it(`ends the guest with code ${code}, through the host`, () => {
      assert.throws(
        () => guest('proc_exit').call(code),
        (error) => error instanceof Exit && error.message === `${code}`,
      );
    });
  }
});

describe('poll_oneoff', () => {
  const [subscriptionsAt, eventsAt, countAt] = [0, 1024, 2048];

  interface Wanted {
    type: number;
    /** A clock or a file. */
    id?: number;
    timeout?: bigint;
    isAbsolute?: boolean;
  }

  /** Writes subscriptions; the user data of each is its index plus 100. */
  function subscribe({ view }: Guest, ...wanted: Wanted[]): [number, number, number, number] {
    for (const [index, { type, id = 0, timeout = 0n, isAbsolute = false }] of wanted.entries()) {
      const at = subscriptionsAt + index * 48;
      view().setBigUint64(at, BigInt(index + 100), true);
      view().setUint8(at + 8, type);
      view().setUint32(at + 16, id, true);
      view().setBigUint64(at + 24, timeout, true);
      view().setUint16(at + 40, isAbsolute ? 1 : 0, true);
    }
    return [subscriptionsAt, eventsAt, wanted.length, countAt];
  }

  /** The events as [user data, error, type, flags]. */
  function events({ view }: Guest): number[][] {
    return Array.from({ length: view().getUint32(countAt, true) }, (_, index) => {
      const at = eventsAt + index * 32;
      const [error, type, flags] = [
        view().getUint16(at + 8, true),
        view().getUint8(at + 10),
        view().getUint16(at + 24, true),
      ];
      return [Number(view().getBigUint64(at, true)), error, type, flags];
    });
  }

  it('suspends the guest for the shortest of its clocks', async () => {
    const wakeUp = Promise.withResolvers<void>();
    const asleep = Promise.withResolvers<number>();
    const sleeper = guest('poll_oneoff', {
      sleep: (milliseconds) => {
        asleep.resolve(milliseconds);
        return wakeUp.promise;
      },
    });
    const wanted = [
      { type: 0, id: 1, timeout: 20_000_001n },
      { type: 0, id: 1, timeout: 5_000_001n },
      { type: 0, timeout: 5_000_000n },
    ];
    const returned = sleeper.callSuspending(...subscribe(sleeper, ...wanted));
    assert.equal(await asleep.promise, 5);
    // The events must land in the memory that the guest has when it wakes up.
    sleeper.grow();
    wakeUp.resolve();
    assert.equal(await returned, success);
    assert.deepEqual(events(sleeper), [[102, 0, 0, 0]]);
  });

  it('rounds a sleep up to milliseconds, and down to what timers can', () => {
    const sleeper = guest('poll_oneoff');
    sleeper.call(...subscribe(sleeper, { type: 0, timeout: 1n }));
    sleeper.call(...subscribe(sleeper, { type: 0, timeout: 2n ** 64n - 1n }));
    assert.deepEqual(sleeper.sleeps, [1, 2 ** 31 - 1]);
  });

  it('unwinds the guest when its sleep is cancelled', async () => {
    const cancelled = new Error('cancelled');
    const sleeper = guest('poll_oneoff', { sleep: () => Promise.reject(cancelled) });
    const call = sleeper.callSuspending(...subscribe(sleeper, { type: 0, timeout: 9n }));
    await assert.rejects(call, (error) => error === cancelled);
  });

  it('returns at once where the guest cannot be suspended', () => {
    const sleeper = guest('poll_oneoff');
    assert.equal(sleeper.call(...subscribe(sleeper, { type: 0, timeout: 3_000_000n })), success);
    assert.deepEqual(sleeper.sleeps, [3]);
    assert.deepEqual(events(sleeper), [[100, 0, 0, 0]]);
  });

  it('takes absolute times, and does not sleep for those that have passed', () => {
    const sleeper = guest('poll_oneoff');
    const soon = BigInt(Date.now() + 60_000) * 1_000_000n;
    sleeper.call(...subscribe(sleeper, { type: 0, id: 0, timeout: soon, isAbsolute: true }));
    assert.ok(
      sleeper.sleeps.length === 1 && (sleeper.sleeps[0] ?? 0) > 50_000 && (sleeper.sleeps[0] ?? 0) <= 60_000,
    );
    sleeper.call(...subscribe(sleeper, { type: 0, id: 0, timeout: 1n, isAbsolute: true }));
    assert.equal(sleeper.sleeps.length, 1);
    assert.deepEqual(events(sleeper), [[100, 0, 0, 0]]);
  });

  it('does not sleep when a file is ready or something is wrong, and says which', () => {
    const sleeper = guest('poll_oneoff');
    const wanted: Wanted[] = [
      { type: 0, timeout: 9_000_000n },
      { type: 1, id: 0 },
      { type: 2, id: 1 },
      { type: 1, id: 1 },
      { type: 2, id: 3 },
      { type: 0, id: 2, timeout: 9_000_000n },
      { type: 7 },
    ];
    assert.equal(sleeper.call(...subscribe(sleeper, ...wanted)), success);
    assert.deepEqual(sleeper.sleeps, []);
    assert.deepEqual(events(sleeper), [
      [101, success, 1, 1],
      [102, success, 2, 0],
      [103, badf, 1, 1],
      [104, badf, 2, 0],
      [105, inval, 0, 0],
      [106, inval, 7, 0],
    ]);
  });

  it('takes from 1 to 1,024 subscriptions', () => {
    const { call } = guest('poll_oneoff');
    assert.deepEqual([call(0, 0, 0, 0), call(0, 0, 1025, 0), call(0, 0, -1, 0)], [inval, inval, inval]);
    assert.equal(call(0, 0, 1024, 0), success);
  });

  it('reads its subscriptions before it writes its events over them', () => {
    const sleeper = guest('poll_oneoff');
    const [at, , count] = subscribe(sleeper, { type: 2, id: 1 }, { type: 2, id: 2 });
    assert.equal(sleeper.call(at, at, count, countAt), success);
    assert.deepEqual(
      [sleeper.view().getBigUint64(0, true), sleeper.view().getBigUint64(32, true)],
      [100n, 101n],
    );
  });
});

function b(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

function fail(): never {
  return assert.fail('this host function should not be called');
}
