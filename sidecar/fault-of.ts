import type { LogFields } from './log-fields.ts';

/** An error that nobody foresaw: what kind it is and where it was thrown; its message may quote what it stumbled over. */
export function faultOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error, details: String(error) };
  return { error: error.name, ...framesOf(error), details: error.message };
}

/** The stack behind the message: a payload in the message could look like a part of it. */
function framesOf({ stack = '', message }: Error): LogFields {
  const at = message === '' ? -1 : stack.indexOf(message);
  if (at < 0 || !/^[\w$]+( \[\w+\])?: $/.test(stack.slice(0, at))) return {};
  const frames = stack.slice(at + message.length).trim();
  return frames === '' ? {} : { stack: frames };
}
