import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LineReader } from '../../../gateway/server-transport/line-reader.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';

suite('lines', () => {
  test('come whole, whatever the chunks are', () => {
    const bytes = Buffer.from('{"a":"é→\u{1f600}"}\n\nlast\nno end');
    for (const chunkBytes of [1, 2, 3, 5, 100]) {
      const reader = new LineReader();
      const lines: string[] = [];
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        lines.push(...reader.read(bytes.subarray(at, at + chunkBytes)));
      }
      assert.deepEqual(lines, ['{"a":"é→\u{1f600}"}', '', 'last']);
    }
  });

  test('have a limit, in bytes', () => {
    const tooLarge = (error: unknown) => error instanceof TransportError && error.code === 'TOO_LARGE';
    const reader = new LineReader(4);
    assert.deepEqual(reader.read(Buffer.from('1234\n12')), ['1234']);
    assert.throws(() => reader.read(Buffer.from('345')), tooLarge);
    assert.throws(() => new LineReader(4).read(Buffer.from('12345\n')), tooLarge);
  });
});
