import { ConfigError } from './config/config-error.ts';
import { GatewayError } from './gateway-error.ts';
import type { LogFields } from './log-fields.ts';
import { PolicyError } from './policy/policy-error.ts';
import { ResponseError } from './response/response-error.ts';
import { AnswerError } from './rpc/answer-error.ts';
import { RpcMessageError } from './rpc/rpc-message-error.ts';
import { TransportError } from './server-transport/transport-error.ts';
import { wordsOf } from './words-of.ts';

/** What the log may say of something that was thrown. */
export interface Said {
  /** Our own words. */
  readonly words: string;
  /** The rest, which may repeat payloads: where it says more. */
  readonly fields: LogFields;
}

/** What was thrown, in words that hold nothing of a payload, with those that may as `details`. */
export function saidOf(error: unknown): Said {
  const words = ownWords(error);
  const all = wordsOf(error);
  return { words, fields: words === all ? {} : { details: all } };
}

/** An error that nobody foresaw: what kind it is and where it was thrown; its message may quote what it stumbled over. */
export function faultOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error, details: String(error) };
  const { name, message } = error;
  return { error: name, ...framesOf(error), details: message };
}

/** The stack behind the message: a payload in the message could look like a part of it. */
function framesOf({ stack = '', message }: Error): LogFields {
  const at = message === '' ? -1 : stack.indexOf(message);
  if (at < 0 || !/^[\w$]+( \[\w+\])?: $/.test(stack.slice(0, at))) return {};
  const frames = stack.slice(at + message.length).trim();
  return frames === '' ? {} : { stack: frames };
}

function ownWords(error: unknown): string {
  if (error instanceof GatewayError || error instanceof TransportError) return error.summary;
  if (error instanceof AnswerError) return `the server answered with the error ${error.code}`;
  // Their sentences name places and codes; ConfigError and PolicyError promise to repeat no value.
  if (error instanceof ConfigError || error instanceof PolicyError || error instanceof RpcMessageError)
    return error.message;
  if (error instanceof ResponseError)
    return error.reason === 'BACKEND_ERROR'
      ? error.message
      : `the labels do not fit the response: ${error.code}`;
  if (!(error instanceof Error)) return 'something was thrown that is no error';
  // The system's: the call, the address or the file, and the code.
  if ('syscall' in error && 'code' in error) return error.message;
  return `an error that is not foreseen: ${error.name}`;
}
