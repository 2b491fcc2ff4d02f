import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { LogLevel } from './guest/protocol.ts';
import { type LogFields, logFieldNames, logLevels } from './log-fields.ts';
import { jsonLine, textLine } from './log-line.ts';
import { defaultLogSettings, type LogSettings } from './log-settings.ts';

/** Longest text in a line, in characters: a guard's line (`maxLogLineBytes`) stays whole. */
const maxTextLength = 8 * 1024;

/**
 * The sidecar's log: one line an event, on standard error. No payloads, no tags: what a guard said stands in `details` or in
 * a quoted line, and these are written with `showsPayloads` only.
 */
export class Log {
  /** Set once the command line has been read. */
  settings: LogSettings;
  readonly #output: NodeJS.WritableStream;

  constructor(output: NodeJS.WritableStream, settings: Partial<LogSettings> = {}) {
    this.#output = output;
    this.settings = { ...defaultLogSettings, ...settings };
  }

  /** Whether lines of that level are written. */
  shows(level: LogLevel): boolean {
    return logLevels.indexOf(level) >= logLevels.indexOf(this.settings.level);
  }

  /** One event, in our own words. */
  write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const { settings } = this;
    if (!this.shows(level)) return;
    const line = {
      time: new Date(),
      level,
      process: 'sidecar',
      message: cut(message),
      fields: [...traceFields(), ...this.#shown(fields)],
    };
    const text = settings.format === 'json' ? jsonLine(line) : textLine(line, settings.isColoured);
    this.#output.write(`${text}\n`);
  }

  /** A line that somebody else wrote, which may repeat payloads: nothing without `showsPayloads`. */
  quote(level: LogLevel, line: string, fields: LogFields = {}): void {
    if (this.settings.showsPayloads) this.write(level, line, fields);
  }

  #shown(fields: LogFields): [string, string | number][] {
    return logFieldNames.flatMap((name) => {
      const value = fields[name];
      if (value === undefined) return [];
      if (name === 'details' && !this.settings.showsPayloads) return [[name, leftOut]];
      return [[name, typeof value === 'string' ? cut(value) : value]];
    });
  }
}

/** Stands for what may repeat payloads, so that whoever needs it knows how to get it. */
const leftOut = 'left out without --log-payloads';

function cut(text: string): string {
  return text.length > maxTextLength ? text.slice(0, maxTextLength).toWellFormed() : text;
}

/** OpenTelemetry's names for logs in JSON. */
function traceFields(): [string, string][] {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return [];
  return [
    ['trace_id', context.traceId],
    ['span_id', context.spanId],
  ];
}
