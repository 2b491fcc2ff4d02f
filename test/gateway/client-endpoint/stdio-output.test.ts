import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { suite, test } from 'node:test';
import { StdioOutput } from '../../../gateway/client-endpoint/stdio-output.ts';

/** A stream that nobody reads. */
const unread = () => new Writable({ write: () => undefined });

suite('the output of a session over stdio', () => {
  test('is lost when more waits for the client than may wait', async () => {
    const output = new StdioOutput(unread(), 100);
    output.send('x'.repeat(50));
    output.send('x'.repeat(50));
    assert.equal(await output.lost, 'it has not read its last 100 bytes');
  });

  test('is lost when the client closes it, and nobody waits for room then', async () => {
    const stream = unread();
    const output = new StdioOutput(stream);
    output.send('x'.repeat(100_000));
    const room = output.room();
    stream.destroy(new Error('EPIPE'));
    await room;
    assert.equal(await output.lost, 'its output is closed: EPIPE');
    output.send('x');
    await output.flushed(new AbortController().signal);
  });

  test('is flushed when all is with the client, and not waited for without end', async () => {
    const written: string[] = [];
    const write = (chunk: Buffer, _encoding: unknown, done: () => void) => {
      written.push(chunk.toString());
      setImmediate(done);
    };
    const output = new StdioOutput(new Writable({ write }));
    output.send('a');
    output.send('b');
    await output.flushed(new AbortController().signal);
    assert.deepEqual(written.slice(0, 2), ['a\n', 'b\n']);
    const stuck = new StdioOutput(unread());
    stuck.send('a');
    await stuck.flushed(AbortSignal.abort());
  });
});
