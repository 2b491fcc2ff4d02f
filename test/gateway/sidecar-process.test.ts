import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
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

/** Waits for a line of the log, behind those that were waited for before. */
async function logged(output: PassThrough, text: string): Promise<void> {
  let log = '';
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    log += chunk;
    if (log.includes(text)) return;
  }
}

/** There is no event for what the system shows, in milliseconds. */
const checkMs = 10;

/** Waits until it runs as another process than `pid`. */
async function another(sidecar: SidecarProcess, pid: number): Promise<void> {
  while (sidecar.pid === pid) await delay(checkMs);
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

  test('that dies is started again, less and less often, until it is done with', async () => {
    const output = new PassThrough().setEncoding('utf8');
    const sidecar = await SidecarProcess.start({ configFile, environment: {} }, new Log(output));
    for (const pauseMs of [50, 100]) {
      const { pid } = sidecar;
      assert.ok(pid !== undefined);
      process.kill(pid, 'SIGKILL');
      await logged(output, `the sidecar ended (SIGKILL); it is started again in ${pauseMs} ms`);
      await another(sidecar, pid);
    }
    await sidecar[Symbol.asyncDispose]();
  });

  test('that cannot use its configuration is not started again before that is read again', async () => {
    const output = new PassThrough().setEncoding('utf8');
    const program = { configFile: join(folder, 'later.json'), environment: {} };
    const sidecar = await SidecarProcess.start(program, new Log(output));
    await logged(output, 'the sidecar cannot use its configuration');
    const first = sidecar.pid ?? 0;
    sidecar.reload({});
    await another(sidecar, first);
    await logged(output, 'the sidecar cannot use its configuration');
    const second = sidecar.pid ?? 0;
    await writeFile(program.configFile, '{"guards":{}}');
    sidecar.reload({});
    await another(sidecar, second);
    while (!existsSync(sidecar.address.replace('unix:', ''))) await delay(checkMs);
    await sidecar[Symbol.asyncDispose]();
  });

  test('that cannot use its configuration keeps nobody from stopping', async () => {
    const output = new PassThrough().setEncoding('utf8');
    const program = { configFile: join(folder, 'never.json'), environment: {} };
    const sidecar = await SidecarProcess.start(program, new Log(output));
    await logged(output, 'the sidecar cannot use its configuration');
    await sidecar[Symbol.asyncDispose]();
  });
});
