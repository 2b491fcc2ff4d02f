import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameReader } from '../../../sidecar/process/frame-reader.ts';

const messages = [
  { header: { kind: 'log', level: 'info' }, payload: 'a line' },
  { header: { kind: 'returned', isWorn: false, totalCpuMs: 1.5, instances: 1 }, payload: '' },
  { header: { kind: 'backend_call', tool: 'get ☂', totalCpuMs: 2, instances: 1 }, payload: '{"é":1}' },
];

function frame(header: object | string, payload = ''): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeUInt32LE(4 + text.length + Buffer.byteLength(payload), 0);
  start.writeUInt32LE(text.length, 4);
  return Buffer.concat([start, text, Buffer.from(payload)]);
}

const stream = Buffer.concat(messages.map(({ header, payload }) => frame(header, payload)));

function readAll(chunks: Buffer[], maxFrameBytes = 1_000): { header: object; payload: string }[] {
  const reader = new FrameReader(maxFrameBytes);
  return chunks.flatMap((chunk) =>
    [...reader.push(chunk)].map(({ message, payload }) => ({
      header: message,
      payload: Buffer.from(payload).toString(),
    })),
  );
}

describe('a frame reader', () => {
  it('takes several frames out of one chunk', () => {
    assert.deepEqual(readAll([stream]), messages);
  });

  it('puts frames together from single bytes', () => {
    assert.deepEqual(readAll(Array.from(stream, (byte) => Buffer.of(byte))), messages);
  });

  it('puts frames together wherever the stream is split', () => {
    for (let at = 0; at <= stream.length; at++) {
      assert.deepEqual(readAll([stream.subarray(0, at), stream.subarray(at)]), messages, `split at ${at}`);
    }
  });

  it('gives a frame as soon as it is whole, and no sooner', () => {
    const first = frame({ kind: 'dropped', totalCpuMs: 0, instances: 1 });
    assert.deepEqual(readAll([first.subarray(0, -1)]), []);
    assert.equal(readAll([first.subarray(0, -1), first.subarray(-1)]).length, 1);
  });

  it('takes a frame of the largest size', () => {
    const bytes = frame({ kind: 'returned', isWorn: false, totalCpuMs: 0, instances: 1 }, 'x'.repeat(100));
    assert.equal(readAll([bytes], bytes.length).length, 1);
  });

  it('throws on a larger one as soon as it is announced', () => {
    const bytes = frame({ kind: 'returned', isWorn: false, totalCpuMs: 0, instances: 1 }, 'x'.repeat(100));
    assert.throws(() => readAll([bytes.subarray(0, 8)], bytes.length - 1), /a frame of \d+ bytes/);
  });

  const wrong: Record<string, Buffer> = {
    'a header that is no JSON': frame('{'),
    'a header beyond its frame': Buffer.from([8, 0, 0, 0, 255, 0, 0, 0, 0x7b, 0x7d, 0, 0]),
    'a frame without room for its own lengths': Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]),
  };
  for (const [name, bytes] of Object.entries(wrong)) {
    it(`throws on ${name}`, () => {
      assert.throws(() => readAll([bytes]));
    });
  }
});
