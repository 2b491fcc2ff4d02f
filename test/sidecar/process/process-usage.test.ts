import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { cpuMs, residentBytes } from '../../../sidecar/process/process-usage.ts';

/** Far above the number of any process. */
const noPid = 2 ** 30;

describe('the CPU time of a process', () => {
  it('is what the process itself says, but for the length of a tick', () => {
    const { user, system } = process.cpuUsage();
    const now = cpuMs(process.pid);
    assert.ok(now !== undefined && Math.abs(now - (user + system) / 1000) <= 50, `${now}`);
  });

  it('grows when the process burns it', () => {
    const before = cpuMs(process.pid) ?? Number.NaN;
    const burn = () => process.cpuUsage().user / 1000;
    for (const start = burn(); burn() - start < 100; );
    assert.ok((cpuMs(process.pid) ?? 0) - before >= 50);
  });

  it('is read whatever the process calls itself', async () => {
    const rename = `process.title = 'a) R 1 (b'; console.log(); setInterval(() => 0, 1000)`;
    const child = spawn(process.execPath, ['--eval', rename], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const time = cpuMs(child.pid ?? noPid);
    child.kill();
    assert.ok(time !== undefined && time >= 0 && time < 10_000, `${time}`);
  });

  it('is nothing once the process is gone', () => assert.equal(cpuMs(noPid), undefined));
});

describe('the resident memory of a process', () => {
  it('is what the process itself says, but for some pages', () => {
    const own = process.memoryUsage.rss();
    const seen = residentBytes(process.pid) ?? 0;
    assert.ok(Math.abs(seen - own) < own / 4, `${seen} and ${own}`);
  });

  it('is nothing once the process is gone', () => assert.equal(residentBytes(noPid), undefined));
});
