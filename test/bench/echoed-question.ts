import { SessionRequest, SessionResponse } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { type EchoHop, echoHop } from './echo-service.ts';
import { backendAnswer } from './tracker-backend.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** A question with the answer that the sidecar sends to it, as bytes of the protocol. */
export interface EchoedQuestion {
  readonly question: TrackerQuestion;
  readonly answer: Uint8Array;
}

/** A question as bytes of the protocol. */
export function requestBytes({ ask }: TrackerQuestion): Uint8Array {
  const value = { id: 1, timeoutMs: 0, traceparent: '', question: ask };
  return SessionRequest.encode({ message: { $case: 'ask', value } }).finish();
}

/** What goes there and back for a question: the guard's backend calls come as answers, their results go as requests. */
export function echoHops({ question, answer }: EchoedQuestion): EchoHop[] {
  const results = Array.from({ length: question.backendCalls }, () => backendResult);
  const calls = results.map(() => backendCall.length);
  const answers = [...calls, answer.length];
  return [requestBytes(question), ...results].map((request, hop) => echoHop(request, answers[hop] ?? 0));
}

const backendCall = SessionResponse.encode({
  message: {
    $case: 'backendCall',
    value: { id: 1, call: 1, tool: 'get_issue', args: Buffer.from('{"number":4711}'), traceparent: '' },
  },
}).finish();

const backendResult = SessionRequest.encode({
  message: {
    $case: 'backendResult',
    value: { id: 1, call: 1, outcome: { $case: 'json', value: backendAnswer } },
  },
}).finish();
