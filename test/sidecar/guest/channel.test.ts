import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { channelDescriptor, dividedFrame, frame, restDescriptor } from '../../../sidecar/guest/protocol.ts';

const channel = fileURLToPath(new URL('../../../sidecar/guest/channel.ts', import.meta.url));
const program = `
  import { Channel } from ${JSON.stringify(channel)};
  const channel = new Channel();
  for (let next = channel.receive(); next !== undefined; next = channel.receive())
    console.log(next.payload.length, next.payload.buffer.byteLength);`;

it('a small payload that is kept keeps no memory of a large one before it', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
  });
  const sockets = [channelDescriptor, restDescriptor].map((descriptor) => child.stdio[descriptor]);
  const [first, rest] = sockets;
  assert.ok(child.stdout && first instanceof Duplex && rest instanceof Duplex);
  for (const bytes of [4_000_000, 70_000]) {
    const resume = { op: 'resume', instance: 1, failure: null } as const;
    const [start, end] = dividedFrame(frame(resume, Buffer.alloc(bytes)));
    first.write(Buffer.concat(start));
    rest.write(Buffer.concat(end));
  }
  first.end();
  rest.end();
  const [large = [], small = []] = (await text(child.stdout))
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  assert.equal(large[0], 4_000_000);
  assert.equal(small[0], 70_000);
  assert.ok((small[1] ?? 0) < 140_000, `70,000 bytes keep ${small[1]}`);
});
