import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dividedFrame, firstSocketBytes, frame } from '../../../sidecar/guest/protocol.ts';

const request = { op: 'call', instance: 1, export: 'label_resource' } as const;
const around = [-9, -1, 0, 1, 9].map((offset) => firstSocketBytes + offset);

describe('a frame that is divided between two sockets', () => {
  for (const bytes of [0, 100, 20_000, ...around, 3 * firstSocketBytes]) {
    it(`of ${bytes} bytes of payload is whole, the first ${firstSocketBytes} bytes on the first one`, () => {
      const payload = [Buffer.from('before'), Buffer.alloc(bytes, 'x'), Buffer.from('after')];
      const whole = frame(request, payload);
      const [first, rest] = dividedFrame(whole);
      const length = Buffer.concat(whole).length;
      assert.deepEqual(Buffer.concat([...first, ...rest]), Buffer.concat(whole));
      assert.equal(Buffer.concat(first).length, Math.min(length, firstSocketBytes));
    });
  }

  it('is not copied where it is large', () => {
    const payload = Buffer.alloc(3 * firstSocketBytes);
    const [, [rest]] = dividedFrame(frame(request, payload));
    assert.equal(rest?.buffer, payload.buffer);
  });
});
