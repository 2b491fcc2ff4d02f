/** Part G: time is measured by clocks that only go forward, whatever the date says. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OpenQuestion } from '../../../sidecar/service/open-question.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const stream = { isListening: true, sendBackendCall: () => undefined };

/** Where the date is what is meant: in log lines, for operators, and in WASI's clock. */
const tellsTheDate = [
  'sidecar/guard/guard-status.ts',
  'sidecar/guard/guard-version.ts',
  'sidecar/log.ts',
  'sidecar/log-line.ts',
];
const wasiClock = 'sidecar/guest/wasi-clock.ts';

describe('the time of a question', () => {
  it('G9 does not end when the date jumps by ten years, and ends when it has passed', async (test) => {
    test.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    using open = new OpenQuestion(stream, { id: 1, guard: 'guest', timeoutMs: 600_000, traceparent: '' });
    using short = new OpenQuestion(stream, { id: 2, guard: 'guest', timeoutMs: 20, traceparent: '' });
    const ended = Promise.withResolvers<void>();
    short.signal.addEventListener('abort', () => ended.resolve());
    for (const years of [10, -10]) {
      test.mock.timers.setTime(Math.max(0, Date.now() + years * 31_557_600_000));
    }
    await ended.promise;
    assert.equal(short.signal.reason.code, 'DEADLINE_EXCEEDED');
    assert.equal(open.signal.aborted, false);
  });

  it('G9 is measured nowhere by the date', async () => {
    const paths = globSync('sidecar/**/*.ts', { cwd: root });
    const sources = await Promise.all(
      paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
    );
    const users = sources.filter(({ text }) => /\bDate\b/.test(text)).map(({ path }) => path);
    assert.deepEqual(
      users.filter((path) => ![...tellsTheDate, wasiClock].includes(path)),
      [],
    );
  });
});
