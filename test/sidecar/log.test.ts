import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { faultOf } from '../../sidecar/fault-of.ts';
import { Log } from '../../sidecar/log.ts';
import { logFieldNames } from '../../sidecar/log-fields.ts';
import { textLine } from '../../sidecar/log-line.ts';
import { type LogSettings, logSettings } from '../../sidecar/log-settings.ts';

/** What is written with these settings. */
function written(settings: Partial<LogSettings>, write: (log: Log) => void): string {
  const output = new PassThrough().setEncoding('utf8');
  write(new Log(output, settings));
  return output.read() ?? '';
}

describe('the sidecar’s log', () => {
  it('has these fields, and no others', () => {
    const names = [
      'guard',
      'digest',
      'reason',
      'lines',
      'address',
      'adminAddress',
      'healthAddress',
      'metricsAddress',
      'peer',
      'othersRefused',
      'error',
      'stack',
      'details',
    ];
    assert.deepEqual(logFieldNames, names);
    const strange = { guard: 'g', policy: 'secret' };
    const { time: _, ...line } = JSON.parse(written({}, (log) => log.write('info', 'm', strange)));
    assert.deepEqual(line, { level: 'info', process: 'sidecar', message: 'm', guard: 'g' });
  });

  it('leaves out what matters less than its level, and the words of others where nobody asks for them', () => {
    const write = (log: Log) => {
      log.write('info', 'a');
      log.write('warn', 'b', { details: 'hunter2' });
      log.quote('error', 'hunter3');
    };
    assert.match(
      written({ level: 'warn' }, write),
      /^[^\n]*"message":"b","details":"left out without --log-payloads"\}\n$/,
    );
    assert.match(written({ showsPayloads: true }, write), /hunter2[\s\S]*hunter3/);
  });

  it('names the trace and the span that are active', (t) => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    t.after(() => context.disable());
    const ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    const active = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(ids));
    const line = context.with(active, () => written({}, (log) => log.write('info', 'm')));
    assert.match(line, /"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"/);
  });

  it('is text on a terminal, one line an event', () => {
    const time = new Date('2026-01-02T12:03:44.567Z');
    const event = {
      time,
      level: 'info',
      process: 'sidecar',
      message: 'a\u001b\nb',
      fields: [['guard', 'g']],
    } as const;
    assert.equal(textLine(event, false), '12:03:44 info  sidecar  a b  guard=g');
    const terminal = { isTerminal: true, wantsColour: true };
    const settings = { level: 'info', format: 'text', isColoured: true, showsPayloads: false };
    assert.deepEqual(logSettings({}, terminal), settings);
  });

  it('refuses a level and a format that there are not', () => {
    const place = { isTerminal: false, wantsColour: true };
    assert.throws(
      () => logSettings({ 'log-level': 'all' }, place),
      /^Error: --log-level: must be debug, info/,
    );
    assert.throws(
      () => logSettings({ 'log-format': 'xml' }, place),
      /^Error: --log-format: must be json, text$/,
    );
  });

  it('has the kind and the place of a fault, and its message in the details', () => {
    const { error, stack, details } = faultOf(new TypeError('hunter2\n    at hunter2'));
    assert.deepEqual([error, details], ['TypeError', 'hunter2\n    at hunter2']);
    assert.match(String(stack), /^at .*log\.test\.ts/);
    assert.doesNotMatch(String(stack), /hunter2/);
  });
});
