import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { channelDescriptor, restDescriptor } from '../../../sidecar/guest/protocol.ts';
import { GuestPipe } from '../../../sidecar/process/guest-pipe.ts';

/** Why a process that writes these bytes to one of its sockets is not taken for a guard process. */
async function problemOf(descriptor: number, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const program = `require('node:fs').writeSync(${descriptor}, ${JSON.stringify(text)})`;
  const child = spawn(process.execPath, ['--eval', program], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const lines = { line: () => undefined, wrote: () => undefined };
  const pipe = new GuestPipe(child, { reply: () => undefined, lines, nonsense: resolve });
  const problem = await promise;
  await once(child, 'close');
  pipe.close();
  return String(problem);
}

describe('a guard process that says what no guard process of ours would', () => {
  it('is noticed on the socket on which it replies', async () => {
    assert.match(await problemOf(channelDescriptor, '\xff\xff\xff\xff\xff\xff\xff\xff'), /a frame of/);
  });

  it('is noticed on the socket on which it only listens', async () => {
    assert.match(await problemOf(restDescriptor, 'x'), /for listening/);
  });
});
