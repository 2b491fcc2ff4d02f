import type { LogLevel } from './guest/protocol.ts';

/** One event, as it is written. */
export interface LogLine {
  readonly time: Date;
  readonly level: LogLevel;
  readonly process: string;
  readonly message: string;
  /** The rest, in the order in which it is written. */
  readonly fields: readonly (readonly [name: string, value: string | number])[];
}

/** The line as JSON, without its end. Characters that do something to a terminal are written as escapes. */
export function jsonLine({ time, level, process, message, fields }: LogLine): string {
  const first = { time: time.toISOString(), level, process, message };
  return JSON.stringify({ ...first, ...Object.fromEntries(fields) }).replace(unprintable, escaped);
}

/** The line for people, without its end: `12:03:44 warn  gateway  message  server=x`, the time in UTC. */
export function textLine({ time, level, process, message, fields }: LogLine, isColoured: boolean): string {
  const dim = (text: string) => (isColoured ? `\u001b[2m${text}\u001b[22m` : text);
  const shown = isColoured ? `${colours[level]}${level.padEnd(5)}\u001b[39m` : level.padEnd(5);
  const start = `${dim(time.toISOString().slice(11, 19))} ${shown} ${dim(process.padEnd(8))} ${cleaned(message)}`;
  const rest = fields.map(([name, value]) => ` ${dim(`${name}=`)}${textValue(value)}`);
  return rest.length === 0 ? start : `${start} ${rest.join('')}`;
}

const colours: Readonly<Record<LogLevel, string>> = {
  debug: '\u001b[90m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};

/** What JSON.stringify leaves as it is, and terminals and viewers do not: C1 controls, what reorders, line separators. */
const unprintable = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

function escaped(text: string): string {
  const codes = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return codes.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('');
}

function cleaned(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')
    .trim();
}

/** In quotes where its end could not be seen otherwise. */
function textValue(value: string | number): string {
  const text = cleaned(String(value));
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
