import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { OpenTransports } from '../../../gateway/server-transport/open-transports.ts';
import { StdioTransport } from '../../../gateway/server-transport/stdio-transport.ts';
import { Recorder } from './recorder.ts';

/** Says its process id, and goes on for a minute whatever it is told. */
const clinging = `process.on('SIGTERM', () => undefined); setTimeout(() => undefined, 60_000);
  console.log('{"jsonrpc":"2.0","method":"ready","params":{"pid":' + process.pid + '}}')`;

test('whoever waits for all transports finds nothing of them afterwards', async () => {
  const open = new OpenTransports();
  const started = await Promise.all(
    ['never closed', 'given up', 'ended'].map(async (name) => {
      const ends = `setTimeout(() => process.exit(), 300)`;
      const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(clinging)}], { stdio: 'inherit' })`;
      const script = name === 'ended' ? `${child}; ${ends}` : clinging;
      const program = { command: process.execPath, args: ['-e', script], env: {}, cwd: '/' };
      const recorder = new Recorder();
      const make = open.tracked((listener) => new StdioTransport(program, listener, () => undefined));
      const transport = make(recorder);
      await transport.start();
      await recorder.until(({ texts }) => texts.length === 1);
      if (name === 'given up') void transport.close();
      return Number(JSON.parse(recorder.texts[0] ?? '').params.pid);
    }),
  );
  await open[Symbol.asyncDispose]();
  for (const pid of started) assert.equal(await commandLine(pid), '');
});

/** Empty for a process that is gone, and for one that is dead and not yet waited for. */
async function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
}
