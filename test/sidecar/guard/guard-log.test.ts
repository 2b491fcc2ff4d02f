import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { GuardLog } from '../../../sidecar/guard/guard-log.ts';
import { Log } from '../../../sidecar/log.ts';
import type { LogSettings } from '../../../sidecar/log-settings.ts';

/** A guard's log at a time that is set, and what was written so far. */
function guardLog(settings: Partial<LogSettings>) {
  let text = '';
  const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
    text += String(chunk);
    done();
  };
  const clock = { ms: 0 };
  const log = new GuardLog('g', new Log(new Writable({ write }), settings), () => clock.ms);
  const lines = (): Record<string, unknown>[] => {
    const written = text.split('\n').filter(Boolean);
    text = '';
    return written.map((line) => JSON.parse(line));
  };
  return { log, clock, lines };
}

const shown = { level: 'debug', showsPayloads: true } as const;

describe('what a guard logs', () => {
  it('is counted and not shown, unless the operator wants payloads', () => {
    const { log, lines } = guardLog({ level: 'debug' });
    log.line('error', 'secret');
    log.wrote(1);
    const [{ time: _, ...line } = {}, ...more] = lines();
    assert.deepEqual(line, {
      level: 'debug',
      process: 'sidecar',
      message: 'the guard logged lines: --log-payloads shows them',
      guard: 'g',
      lines: 1,
    });
    assert.deepEqual(more, []);
  });

  it('has the guard’s level and its name, and no control characters', () => {
    const { log, lines } = guardLog(shown);
    log.line('warn', 'a\u001b[31m\n{"level":"error"}\u202e');
    log.wrote(1);
    const [{ level, guard, message } = {}, ...more] = lines();
    assert.deepEqual([level, guard, message], ['warn', 'g', 'a [31m {"level":"error"}']);
    assert.deepEqual(more, []);
  });

  it('is left out below the level of the log', () => {
    const { log, lines } = guardLog({ ...shown, level: 'warn' });
    log.line('info', 'a');
    log.line('error', 'b');
    assert.deepEqual(
      lines().map(({ message }) => message),
      ['b'],
    );
  });

  it('over many calls is at most a megabyte at once and 32 KiB a second, and one line says how much was dropped', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { log, clock, lines } = guardLog(shown);
    const flood = () => {
      for (let line = 0; line < 1_000; line++) log.line('info', 'x'.repeat(3_896));
    };
    flood();
    assert.equal(lines().length, 256);
    clock.ms = 1_000;
    flood();
    assert.equal(lines().length, 8);
    t.mock.timers.tick(10_000);
    const [{ level, guard, lines: dropped } = {}, ...more] = lines();
    assert.deepEqual([level, guard, dropped], ['warn', 'g', 2 * 1_000 - 256 - 8]);
    assert.deepEqual(more, []);
    clock.ms = 3_600_000;
    flood();
    assert.equal(lines().length, 256);
  });
});
