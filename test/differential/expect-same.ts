import assert from 'node:assert/strict';
import type { Conversation, Said } from './conversation.ts';
import { envelopeOf } from './envelope.ts';
import type { Exchange } from './exchange.ts';
import { masked } from './masks.ts';

/** One server, reached in one way. */
export interface Lane {
  readonly server: string;
  readonly guard: 'no guard' | 'an allow-all guard';
}

/** Throws where an exchange went another way through the gateway than without it. */
export function expectSame(
  { exchange, lane }: { exchange: Exchange; lane: Lane },
  direct: Conversation,
  through: Conversation,
): void {
  const expected = saidIn(direct, exchange);
  const actual = saidIn(through, exchange);
  const { masks = [] } = exchange;
  const plain = (text: string | undefined) => text && masked(text, masks);
  const { answer } = actual;
  if (exchange.isCancelled) {
    // How far the server came before it heard of it is chance.
    assert.deepEqual([answer, expected.answer], [undefined, undefined]);
    return;
  }
  assert.deepEqual(besideOf(actual, plain), besideOf(expected, plain));
  if (exchange.isNotification) return;
  assert.ok(expected.answer !== undefined, 'without the gateway there is no answer');
  const isGuarded = lane.guard !== 'no guard';
  const isFailure = isGuarded && isServersFault(expected.answer);
  if (isGuarded && exchange.isUnknownTool) assert.equal(answer, unknownTool(exchange));
  else if (isFailure) expectFailed(exchange, { answer, direct: expected.answer });
  else assert.equal(plain(answer), plain(expected.answer));
}

function saidIn({ said }: Conversation, { name }: Exchange): Said {
  const found = said.get(name);
  assert.ok(found !== undefined, `the conversation did not come to ${name}`);
  return found;
}

/** What a request draws forth comes before its answer on every transport; other messages have no order between streams. */
function besideOf({ beside }: Said, plain: (text: string) => string | undefined): readonly string[] {
  const texts = beside.map(({ method, params, isBeforeAnswer }) => {
    const isRelated = method === 'notifications/progress' || !method.startsWith('notifications/');
    return `${method} ${plain(params)}${isRelated && isBeforeAnswer ? ', before the answer' : ''}`;
  });
  return texts.sort((a, b) => orderOf(a) - orderOf(b));
}

/** Keeps the order within a method. */
function orderOf(text: string): number {
  return text.startsWith('notifications/progress') ? 0 : text.startsWith('notifications/') ? 1 : 2;
}

/** The words of the DIFC page's -32602: the same for a tool that is not there and one that is off the list. */
function unknownTool({ params }: Exchange): string {
  const name = /"name":("[^"]*")/.exec(String(params))?.[1] ?? '""';
  const message = `the server has no tool ${name}: see tools/list`;
  return `"error":${JSON.stringify({ code: -32602, message })}`;
}

/** Errors of the protocol are judged as the response that they take the place of: an allow-all guard lets them pass. */
const protocolCodes: readonly (string | undefined)[] = ['-32602', '-32020', '-32021', '-32022'];

function isServersFault(answer: string): boolean {
  return answer.startsWith('"error":') && !protocolCodes.includes(errorIn(answer).get('code'));
}

function errorIn(answer: string): ReadonlyMap<string, string> {
  return envelopeOf(envelopeOf(`{${answer}}`).get('error') ?? '');
}

/**
 * A guarded server's own error is `failed`, and its words go to the log (DIFC page): a tool result for a tool, an error with the same
 * reason for all else. That a method is not there is no secret.
 */
function expectFailed(
  { method }: Exchange,
  { answer = '', direct }: { answer?: string | undefined; direct: string },
): void {
  const error = errorIn(direct);
  if (error.get('code') === '-32601') {
    const message = `this server does not offer ${method}`;
    assert.equal(answer, `"error":${JSON.stringify({ code: -32601, message })}`);
    return;
  }
  const reason = '"sluice.dev/outcome":"failed","sluice.dev/reason":"BACKEND_ERROR"';
  assert.ok(answer.includes(`{${reason}}`), `should be failed: ${answer}`);
  assert.ok(answer.startsWith(method === 'tools/call' ? '"result":{' : '"error":{"code":-32603,'), answer);
  assert.ok(!answer.includes(error.get('message') ?? ''), `tells the server’s words: ${answer}`);
}
