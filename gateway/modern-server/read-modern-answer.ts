import type { IncomingMessage } from 'node:http';
import { AnswerError } from '../rpc/answer-error.ts';
import { type RpcMessage, type RpcNotification, readMessage } from '../rpc/rpc-message.ts';
import { saidOf } from '../said-of.ts';
import { discardBody, hasType, readBody, refusalOf, refusalWith } from '../server-transport/http-exchange.ts';
import { readEvents } from '../server-transport/read-events.ts';
import { SseReader } from '../server-transport/sse-reader.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import { wordsOf } from '../words-of.ts';

/** Who is told what a server says before it answers. */
export interface NotificationListener {
  /** In the order in which they came. What this throws ends the request. */
  notification(notification: RpcNotification): void;
}

/** A server should end a stream after its answer; one that does not within this time has it cut. */
const lingerMs = 1_000;

/** Statuses that are for the gateway itself, whatever their bodies are: its credentials, its pace. */
const ownStatuses: ReadonlySet<number> = new Set([401, 403, 407, 429]);

/**
 * The result that a response holds, as the server spelled it. `id` is the JSON of the request's.
 * @throws AnswerError for an error of the server's; TransportError for what is no answer.
 */
export async function readModernAnswer(
  response: IncomingMessage,
  id: string,
  listener: NotificationListener,
): Promise<string> {
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) throw await refusalIn(response, id);
  if (hasType(response, 'text/event-stream')) return readStream(response, id, listener);
  if (hasType(response, 'application/json')) return resultIn(expectMessage(await readBody(response)), id);
  discardBody(response);
  throw malformed(`the response has no type that MCP has, and the HTTP status ${status}`);
}

/** Why there is no result: an error of the server's, whatever the status, or one of the way to it. */
async function refusalIn(response: IncomingMessage, id: string): Promise<Error> {
  const status = response.statusCode ?? 0;
  if (status < 400 || ownStatuses.has(status) || !hasType(response, 'application/json'))
    return refusalOf(response);
  const body = await readBody(response);
  try {
    const message = readMessage(body);
    const isOurs = message.kind === 'error' && (message.id === undefined || message.id === id);
    return isOurs ? new AnswerError(message, status) : refusalWith(response, body);
  } catch {
    return refusalWith(response, body);
  }
}

/** Reads a stream until the answer is there; what comes after it is nobody's. */
function readStream(response: IncomingMessage, id: string, listener: NotificationListener): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let lingering: NodeJS.Timeout | undefined;
  const reading = readEvents(response, new SseReader(), ({ type, data }) => {
    if (lingering !== undefined || type !== 'message' || data === '') return;
    const message = expectMessage(data);
    if (message.kind === 'notification') return listener.notification(message);
    lingering = setTimeout(() => response.destroy(), lingerMs);
    resolve(Promise.try(resultIn, message, id));
  });
  reading
    .then((broken) =>
      reject(broken ?? new TransportError('BROKEN', 'the stream ended before the answer came')),
    )
    .catch(reject)
    .finally(() => clearTimeout(lingering));
  return promise;
}

/** Throws the AnswerError of an error, and a TransportError for what is no answer to the request. */
function resultIn(message: RpcMessage, id: string): string {
  if (message.kind === 'error' && (message.id === undefined || message.id === id))
    throw new AnswerError(message, 200);
  if (message.kind !== 'result' || message.id !== id)
    throw malformed('the server sent a message that is no answer to the request');
  if (!message.result.startsWith('{')) throw malformed('the result is no object');
  return message.result;
}

function expectMessage(text: string): RpcMessage {
  try {
    return readMessage(text);
  } catch (cause) {
    const said = (words: string) => `the server sent what is no message: ${words}`;
    const summary = said(saidOf(cause).words);
    throw new TransportError('MALFORMED', said(wordsOf(cause)), { cause, summary });
  }
}

function malformed(words: string, cause?: unknown): TransportError {
  return new TransportError('MALFORMED', words, cause === undefined ? {} : { cause });
}
