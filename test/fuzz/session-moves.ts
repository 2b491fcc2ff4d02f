/** What a client may do on a stream, in the protocol or not, as bytes. */
import {
  type Ask,
  type BackendCall,
  BackendErrorCode,
  SessionRequest,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { maxInputBytes, maxMessageBytes } from '../../sidecar/limits.ts';
import type { RandomChoice } from './random-choice.ts';

type Message = NonNullable<SessionRequest['message']>;

/** How likely each move is that the protocol allows. */
const orderlyMoves = {
  ask: 30,
  answerCall: 30,
  turn: 40,
  cancel: 4,
  oddResult: 4,
  largeAsk: 0.3,
  halfClose: 2,
  cancelStream: 0.7,
};

/** And each that it does not allow. */
const brokenMoves = {
  mutated: 1,
  oddAsk: 2,
  garbage: 0.5,
  empty: 0.5,
  openAgain: 0.5,
  oversized: 0.1,
};
const noBrokenMoves = { mutated: 0, oddAsk: 0, garbage: 0, empty: 0, openAgain: 0, oversized: 0 };

/** How likely each move is in a stream that keeps to the protocol, or does not. */
export function movesOf(isOrderly: boolean): typeof orderlyMoves & typeof brokenMoves {
  return { ...orderlyMoves, ...(isOrderly ? noBrokenMoves : brokenMoves) };
}

export function openMessage(guard: string, name: string, choice: RandomChoice): Message {
  const own = JSON.stringify({ resource: { description: name, secrecy: [], integrity: [] } });
  const odd = choice.pick(['', '{', '[]', 'null', '{}}', '{"a":"\ud800"}']);
  const policy = Buffer.from(choice.chance(0.05) ? odd : own);
  const timeoutMs = choice.chance(0.03) ? 1 : 0;
  return { $case: 'open', value: { guard, policy, principal: name, timeoutMs, traceparent: '' } };
}

export function askMessage(id: number, choice: RandomChoice): Message {
  const toolArgs = Buffer.from(
    choice.chance(0.1) ? choice.pick(['[]', '{"a":1}}']) : choice.pick(['', '{}', '{"a":1}']),
  );
  const tool = { toolName: choice.pick(['get', '', '\u0000', '☂'.repeat(500)]), toolArgs };
  const question = choice.weighted({ labelResource: 8, labelResponse: 2, none: 0.3 });
  const timeoutMs = choice.chance(0.05) ? choice.pick([1, 20, 0xffff_ffff]) : 0;
  return { $case: 'ask', value: { id, timeoutMs, traceparent: '', question: questionOf(question, tool) } };
}

function questionOf(
  question: 'labelResource' | 'labelResponse' | 'none',
  tool: { toolName: string; toolArgs: Uint8Array },
): Ask['question'] {
  if (question === 'labelResource') return { $case: 'labelResource', value: tool };
  const toolResult = Buffer.from('{"content":[]}');
  return question === 'none' ? undefined : { $case: 'labelResponse', value: { ...tool, toolResult } };
}

/** A question above what a guard takes, and below what a message may have. */
export function largeAsk(id: number): Message {
  const value = { toolName: 'get', toolArgs: Buffer.alloc(maxInputBytes, 0x20) };
  const question = { $case: 'labelResource', value } as const;
  return { $case: 'ask', value: { id, timeoutMs: 0, traceparent: '', question } };
}

/** Above what a message may have. */
export function oversizedBytes(): Uint8Array {
  return Buffer.alloc(maxMessageBytes + 1);
}

/** Labels that say to which call of which question they are the answer. */
export function resultMessage({ id, call }: Pick<BackendCall, 'id' | 'call'>, name: string): Message {
  const description = `${name}, question ${id}, call ${call}`;
  // It is a policy's answer, too, for a guard that asks its backend when it is opened.
  const labels = { resource: { description, secrecy: ['s'] }, difc_mode: 'filter' };
  const outcome = { $case: 'json', value: Buffer.from(JSON.stringify(labels)) } as const;
  return { $case: 'backendResult', value: { id, call, outcome } };
}

/** An answer to a call that may not be there, or that says nothing sound. */
export function oddResult(id: number, name: string, choice: RandomChoice): Message {
  const call = choice.pick([0, 1, 1, 2, 7, 0xffff_ffff]);
  const kind = choice.weighted({ json: 3, garbage: 2, error: 2, none: 1 });
  if (kind === 'json') return resultMessage({ id, call }, name);
  if (kind === 'none') return { $case: 'backendResult', value: { id, call, outcome: undefined } };
  if (kind === 'error') {
    const message = 'no\nbackend\u0000';
    const value = {
      code: choice.pick(Object.values(BackendErrorCode)),
      message,
      retryAfterMs: choice.below(2 ** 32),
    };
    return { $case: 'backendResult', value: { id, call, outcome: { $case: 'error', value } } };
  }
  const garbage = Buffer.from(choice.pick(['', '{', 'null', '[1]', '\ufeff{}']));
  return { $case: 'backendResult', value: { id, call, outcome: { $case: 'json', value: garbage } } };
}

export function encoded(message: Message | undefined): Uint8Array {
  return SessionRequest.encode({ message }).finish();
}

/** A message in which some bytes have changed. */
export function mutatedBytes(message: Message, choice: RandomChoice): Uint8Array {
  const bytes = Buffer.from(encoded(message));
  for (let changes = 1 + choice.below(4); changes > 0; changes--)
    bytes[choice.below(bytes.length)] = choice.below(256);
  return choice.chance(0.2) ? bytes.subarray(0, choice.below(bytes.length)) : bytes;
}

export function garbageBytes(choice: RandomChoice): Uint8Array {
  return Buffer.from(choice.list(choice.below(60), () => choice.below(256)));
}

/** What the sidecar reads in the bytes; nothing where it cannot. */
export function decoded(bytes: Uint8Array): SessionRequest | undefined {
  try {
    return SessionRequest.decode(bytes);
  } catch {
    return undefined;
  }
}
