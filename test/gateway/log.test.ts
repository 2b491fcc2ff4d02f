import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Log } from '../../gateway/log.ts';
import { logFieldNames } from '../../gateway/log-fields.ts';
import { jsonLine, textLine } from '../../gateway/log-line.ts';
import { type LogSettings, logArguments, logSettings } from '../../gateway/log-settings.ts';

/** What is written with these settings. */
function written(settings: Partial<LogSettings>, write: (log: Log) => void): string {
  const output = new PassThrough().setEncoding('utf8');
  const log = new Log(output, settings);
  write(log);
  log.flush();
  return output.read() ?? '';
}

const event = {
  time: new Date('2026-01-02T12:03:44.567Z'),
  level: 'warn',
  process: 'gateway',
  message: 'a\u001b[31m message\nwith\u202e more',
  fields: [
    ['server', 'x'],
    ['reason', 'two words'],
    ['kept', 3],
  ],
} as const;

suite('the gateway’s log', () => {
  test('has these fields, and no others', () => {
    assert.deepEqual(logFieldNames, [
      'privilege',
      'operator',
      'principal',
      'run',
      'server',
      'tool',
      'sidecar',
      'outcome',
      'reason',
      'dropped',
      'added',
      'kept',
      'labels',
      'changed',
      'removed',
      'url',
      'address',
      'file',
      'events',
      'seq',
      'hash',
      'error',
      'stack',
      'details',
    ]);
    const strange = { reason: 'R', server: 's', tags: 'secret:a' };
    const { time, ...line } = JSON.parse(written({}, (log) => log.write('info', 'm', strange)));
    assert.match(time, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(Object.entries(line), [
      ['level', 'info'],
      ['process', 'gateway'],
      ['message', 'm'],
      ['server', 's'],
      ['reason', 'R'],
    ]);
  });

  test('leaves out what matters less than its level', () => {
    const levels = ['debug', 'info', 'warn', 'error'] as const;
    for (const [index, level] of levels.entries()) {
      const text = written({ level }, (log) => {
        for (const each of levels) log.write(each, each);
      });
      const seen = text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).message);
      assert.deepEqual(seen, levels.slice(index));
    }
  });

  test('has the words of others only where they are asked for', () => {
    const write = (log: Log) => {
      log.write('warn', 'it failed', { details: 'password=hunter2' });
      log.quote('info', 'password=hunter3', { server: 's' });
    };
    assert.doesNotMatch(written({}, write), /hunter/);
    assert.match(written({ showsPayloads: true }, write), /hunter2[\s\S]*hunter3/);
  });

  test('cuts a text at 4,000 characters', () => {
    const text = written({ showsPayloads: true }, (log) =>
      log.write('info', 'm'.repeat(9_000), { details: 'd'.repeat(9_000) }),
    );
    assert.deepEqual([JSON.parse(text).message.length, JSON.parse(text).details.length], [4_000, 4_000]);
  });

  test('names the trace and the span that are active, where they are valid', (t) => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    t.after(() => context.disable());
    const lineIn = (traceId: string) => {
      const span = trace.wrapSpanContext({ traceId, spanId: '00f067aa0ba902b7', traceFlags: 1 });
      return context.with(trace.setSpan(ROOT_CONTEXT, span), () =>
        JSON.parse(written({}, (log) => log.write('info', 'm'))),
      );
    };
    const { trace_id, span_id } = lineIn('4bf92f3577b34da6a3ce929d0e0e4736');
    assert.deepEqual([trace_id, span_id], ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']);
    assert.equal('trace_id' in lineIn('0'.repeat(32)), false);
    assert.equal('trace_id' in JSON.parse(written({}, (log) => log.write('info', 'm'))), false);
  });
});

suite('a line of the log', () => {
  test('as JSON is one object, and does nothing to a terminal', () => {
    const line = jsonLine({ ...event, message: `${event.message}\u009b\u2028\u{e0001}` });
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}]/u);
    assert.deepEqual(JSON.parse(line), {
      time: '2026-01-02T12:03:44.567Z',
      level: 'warn',
      process: 'gateway',
      message: `${event.message}\u009b\u2028\u{e0001}`,
      server: 'x',
      reason: 'two words',
      kept: 3,
    });
  });

  test('as text is one line, too', () => {
    assert.equal(
      textLine(event, false),
      '12:03:44 warn  gateway  a [31m message with more  server=x reason="two words" kept=3',
    );
  });

  test('has colours where they are wanted, and none of its words has any', () => {
    const text = textLine(event, true);
    assert.ok(text.includes('\u001b[33mwarn \u001b[39m'));
    assert.ok(text.includes('a [31m message with more'));
  });
});

suite('the settings of the log', () => {
  const place = { isTerminal: false, wantsColour: true };
  const terminal = { isTerminal: true, wantsColour: true };

  test('are JSON from info on, and text on a terminal', () => {
    const usual = { level: 'info', format: 'json', isColoured: false, showsPayloads: false };
    assert.deepEqual(logSettings(new Map(), place), usual);
    assert.deepEqual(logSettings(new Map(), terminal), { ...usual, format: 'text', isColoured: true });
    const { isColoured } = logSettings(new Map(), { ...terminal, wantsColour: false });
    assert.equal(isColoured, false);
  });

  test('are what the command line says', () => {
    const flags = new Map([
      ['log-level', 'debug'],
      ['log-format', 'text'],
      ['log-payloads', ''],
    ]);
    const settings = logSettings(flags, place);
    assert.deepEqual(settings, { level: 'debug', format: 'text', isColoured: false, showsPayloads: true });
    assert.deepEqual(logArguments(settings), [
      '--log-level',
      'debug',
      '--log-format',
      'text',
      '--log-payloads',
    ]);
  });

  test('that nobody knows are refused with those that there are', () => {
    const says = /^Error: --log-level: must be debug, info, warn, error$/;
    assert.throws(() => logSettings(new Map([['log-level', 'all']]), place), says);
    assert.throws(() => logSettings(new Map([['log-format', 'xml']]), place), /must be json, text/);
  });
});
