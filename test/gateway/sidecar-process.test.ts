import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { Log } from '../../gateway/log.ts';
import { SidecarProcess } from '../../gateway/sidecar-process.ts';
import { gone } from '../harness/child-processes.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';
import { silentLog } from './silent-log.ts';

let folder: string;
let configFile: string;
before(async () => {
  folder = await temporaryFolder();
  configFile = join(folder, 'sluice.json');
  await writeFile(configFile, '{"guards":{}}');
});
after(() => rm(folder, { recursive: true, force: true }));

function socketFolder({ address }: SidecarProcess): string {
  return dirname(address.replace('unix:', ''));
}

/** Waits for a line of the log. */
async function logged(output: PassThrough, text: string): Promise<void> {
  let log = '';
  for await (const chunk of output) {
    log += chunk;
    if (log.includes(text)) return;
  }
}

suite('a sidecar of the gateway’s own', () => {
  test('listens in a folder that is nobody else’s, which is gone with it', async () => {
    const sidecar = await SidecarProcess.start({ configFile, environment: {} }, silentLog);
    const place = socketFolder(sidecar);
    assert.equal((await stat(place)).mode & 0o777, 0o700);
    const pid = sidecar.pid ?? 0;
    await sidecar[Symbol.asyncDispose]();
    await gone(pid);
    await assert.rejects(stat(place), { code: 'ENOENT' });
  });

  test('has the environment that it is given, and no other', async () => {
    await using sidecar = await SidecarProcess.start(
      { configFile, environment: { FOR_GUARDS: 'given' } },
      silentLog,
    );
    let environment = '';
    // Between its fork and its start a process has its parent's.
    while (!environment.includes('FOR_GUARDS'))
      environment = await readFile(`/proc/${sidecar.pid}/environ`, 'latin1');
    assert.equal(environment, 'FOR_GUARDS=given\0');
  });

  test('that cannot start is tried again, less and less often, until it is done with', async () => {
    const output = new PassThrough().setEncoding('utf8');
    const program = { configFile: join(folder, 'nowhere.json'), environment: {} };
    const sidecar = await SidecarProcess.start(program, new Log(output));
    await logged(output, 'the sidecar ended (exit code 1); it is started again in 100 ms');
    await sidecar[Symbol.asyncDispose]();
  });
});
