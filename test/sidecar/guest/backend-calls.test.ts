import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BackendAnswer, BackendCalls } from '../../../sidecar/guest/backend-calls.ts';
import { GuestMemory } from '../../../sidecar/guest/guest-memory.ts';
import type { BackendFailure } from '../../../sidecar/guest/protocol.ts';

const page = 65_536;
const [toolAt, argsAt, outAt] = [1_000, 2_000, 4_000];
const result = '{"content":[]}';
const limited: BackendFailure = {
  code: -9,
  name: 'RATE_LIMITED',
  message: 'slower, please',
  retryable: true,
  retryAfterMs: 1_500,
};

interface Call {
  readonly tool?: string;
  readonly args?: string | Buffer;
  readonly outBytes?: number;
}

/** An instance of which only the memory exists, and a backend that notes what it is asked. */
class Guest {
  readonly memory = new GuestMemory(new WebAssembly.Memory({ initial: 1 }));
  readonly asked: string[] = [];
  readonly calls: BackendCalls;
  answer: BackendAnswer = Buffer.from(result);

  constructor() {
    const ask = async (tool: string, args: Uint8Array) => {
      this.asked.push(`${tool} ${Buffer.from(args)}`);
      return this.answer;
    };
    this.calls = new BackendCalls(() => this.memory, ask);
  }

  call({ tool = 'get', args = '{}', outBytes = 100 }: Call = {}): Promise<number> {
    const [toolBytes, argsBytes] = [Buffer.from(tool), Buffer.from(args)];
    this.memory.view(toolAt, toolBytes.length).set(toolBytes);
    this.memory.view(argsAt, argsBytes.length).set(argsBytes);
    return this.calls.call(toolAt, toolBytes.length, argsAt, argsBytes.length, outAt, outBytes);
  }

  text(length: number, at = outAt): string {
    return Buffer.from(this.memory.view(at, length)).toString();
  }

  error(outBytes = 1_000): unknown {
    const written = this.calls.error(outAt, outBytes);
    return written > 0 ? JSON.parse(this.text(written)) : written;
  }
}

describe('call_backend', () => {
  it('writes the result and returns its length', async () => {
    const guest = new Guest();
    assert.equal(await guest.call({ args: '{"a":1}' }), result.length);
    assert.equal(guest.text(result.length), result);
    assert.deepEqual(guest.asked, ['get {"a":1}']);
    assert.equal(guest.error(), 0);
  });

  it('asks with empty arguments where there are none', async () => {
    const guest = new Guest();
    await guest.call({ args: '' });
    assert.deepEqual(guest.asked, ['get {}']);
  });

  it('does not mind where the arguments of an empty text lie', async () => {
    const guest = new Guest();
    await guest.call();
    assert.equal(await guest.calls.call(toolAt, 3, -1, 0, outAt, 100), result.length);
  });

  it('returns the code of a failure, and backend_error tells of it', async () => {
    const guest = new Guest();
    guest.answer = limited;
    assert.equal(await guest.call(), -9);
    assert.deepEqual(guest.error(), {
      code: -9,
      name: 'RATE_LIMITED',
      message: 'slower, please',
      retryable: true,
      retry_after_ms: 1_500,
    });
  });

  describe('whose buffer is too small', () => {
    it('says how large it must be, and writes nothing else', async () => {
      const guest = new Guest();
      guest.memory.view(outAt, 20).fill(0xee);
      assert.equal(await guest.call({ outBytes: result.length - 1 }), -2);
      assert.equal(guest.memory.readUint32(outAt), result.length);
      assert.ok(guest.memory.view(outAt + 4, 16).every((byte) => byte === 0xee));
    });

    it('writes nothing when there is no room for the size', async () => {
      const guest = new Guest();
      guest.memory.view(outAt, 4).fill(0xee);
      assert.equal(await guest.call({ outBytes: 3 }), -2);
      assert.ok(guest.memory.view(outAt, 4).every((byte) => byte === 0xee));
      assert.equal(await guest.call({ outBytes: 0 }), -2);
    });

    it('is answered from the kept result when it is repeated', async () => {
      const guest = new Guest();
      for (const outBytes of [4, 4, 5, result.length]) await guest.call({ outBytes });
      assert.equal(guest.text(result.length), result);
      assert.equal(guest.asked.length, 1);
      await guest.call();
      assert.equal(guest.asked.length, 2);
    });

    it('is told of by backend_error, and no more once it fitted', async () => {
      const guest = new Guest();
      await guest.call({ outBytes: 4 });
      assert.partialDeepStrictEqual(guest.error(), { code: -2, name: 'BUFFER_TOO_SMALL', retryable: true });
      await guest.call();
      assert.equal(guest.error(), 0);
    });

    it('is another call with another tool or other arguments', async () => {
      const guest = new Guest();
      await guest.call({ outBytes: 4 });
      await guest.call({ args: '{"a":1}' });
      await guest.call({ outBytes: 4 });
      await guest.call({ tool: 'list' });
      assert.equal(guest.asked.length, 4);
    });

    it('is asked anew in the next call of the guest', async () => {
      const guest = new Guest();
      await guest.call({ outBytes: 4 });
      guest.calls.reset();
      assert.equal(guest.error(), 0);
      await guest.call();
      assert.equal(guest.asked.length, 2);
    });
  });

  describe('returns INVALID_ARGUMENT, asks nobody and writes nothing', () => {
    const outOfBounds: Record<string, [number, number, number, number, number, number]> = {
      'when the name is out of bounds': [-1, 3, argsAt, 2, outAt, 100],
      'when the name is endless': [toolAt, -1, argsAt, 2, outAt, 100],
      'when the arguments are out of bounds': [toolAt, 3, page - 1, 2, outAt, 100],
      'when the buffer is out of bounds': [toolAt, 3, argsAt, 2, page - 50, 100],
      'when the buffer is endless': [toolAt, 3, argsAt, 2, outAt, -1],
      'when the pointers are at the sign bit': [-(2 ** 31), 3, argsAt, 2, outAt, 100],
    };
    for (const [name, pointers] of Object.entries(outOfBounds)) {
      it(name, async () => {
        const guest = new Guest();
        await guest.call();
        guest.memory.view(outAt, 100).fill(0xee);
        assert.equal(await guest.calls.call(...pointers), -3);
        assert.equal(guest.asked.length, 1);
        assert.ok(guest.memory.view(outAt, 100).every((byte) => byte === 0xee));
        assert.partialDeepStrictEqual(guest.error(), { code: -3, name: 'INVALID_ARGUMENT' });
      });
    }

    const names: Record<string, string | Buffer> = {
      empty: '',
      'too long': 'x'.repeat(1_025),
      'with a NUL': 'get\0',
      'with a line end': 'get\n',
      'no UTF-8': Buffer.of(0x67, 0xff),
    };
    for (const [name, tool] of Object.entries(names)) {
      it(`when the name is ${name}`, async () => {
        const guest = new Guest();
        const [length] = [Buffer.from(tool).length];
        guest.memory.view(toolAt, length).set(Buffer.from(tool));
        assert.equal(await guest.calls.call(toolAt, length, argsAt, 0, outAt, 100), -3);
        assert.deepEqual(guest.asked, []);
      });
    }

    for (const args of ['[]', '""', '1', 'null', '{', '{}{}', '{"a":\u0001}', Buffer.of(0x7b, 0xff, 0x7d)]) {
      it(`when the arguments are ${JSON.stringify(args.toString())}`, async () => {
        const guest = new Guest();
        assert.equal(await guest.call({ args }), -3);
        assert.deepEqual(guest.asked, []);
      });
    }
  });

  it('copies its arguments before it waits, so that an overlapping buffer does no harm', async () => {
    const guest = new Guest();
    const args = Buffer.from('{"a":1}');
    guest.memory.view(toolAt, 3).set(Buffer.from('get'));
    guest.memory.view(outAt, args.length).set(args);
    assert.equal(await guest.calls.call(toolAt, 3, outAt, args.length, outAt, 100), result.length);
    assert.deepEqual(guest.asked, ['get {"a":1}']);
    assert.equal(guest.text(result.length), result);
  });

  it('writes into the memory as it is after the wait', async () => {
    const guest = new Guest();
    const answer = guest.call();
    guest.memory.raw.grow(1);
    assert.equal(await answer, result.length);
    assert.equal(guest.text(result.length), result);
  });

  describe('takes arguments', () => {
    const nested = (levels: number) =>
      `{"[{":"}\\"[{","a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    const sized = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;

    for (const [name, args, code] of [
      ['of 256 levels', nested(256), result.length],
      ['but not of 257 levels', nested(257), -3],
      ['but not of 200,000 levels', nested(200_000), -3],
      ['of a MiB', sized(1024 * 1024), result.length],
      ['but not of a byte more', sized(1024 * 1024 + 1), -3],
    ] as const) {
      it(name, async () => {
        const guest = new Guest();
        guest.memory.raw.grow(20);
        guest.memory.view(page, args.length).set(Buffer.from(args));
        guest.memory.view(toolAt, 3).set(Buffer.from('get'));
        assert.equal(await guest.calls.call(toolAt, 3, page, args.length, outAt, 100), code);
        assert.equal(guest.asked.length, code === -3 ? 0 : 1);
      });
    }
  });
});

describe('backend_error', () => {
  it('writes nothing before anything failed', () => assert.equal(new Guest().error(), 0));

  it('says how large its buffer must be', async () => {
    const guest = new Guest();
    guest.answer = limited;
    await guest.call();
    assert.equal(guest.error(10), -2);
    const needed = guest.memory.readUint32(outAt);
    assert.equal(guest.calls.error(outAt, needed), needed);
    assert.equal(guest.error(3), -2);
  });

  it('returns INVALID_ARGUMENT when its buffer is out of bounds', async () => {
    const guest = new Guest();
    guest.answer = limited;
    await guest.call();
    assert.equal(guest.calls.error(page - 1, 1_000), -3);
    assert.equal(guest.calls.error(-1, 4), -3);
  });

  it('gives no delay that nobody knows', async () => {
    const guest = new Guest();
    guest.answer = { ...limited, retryAfterMs: 0 };
    await guest.call();
    const { code, name, message, retryable } = limited;
    assert.deepEqual(guest.error(), { code, name, message, retryable });
  });
});
