import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EraLink } from '../../../gateway/eras/era-link.ts';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { AnswerError } from '../../../gateway/rpc/answer-error.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';
import { FixedLink } from '../relay/fixed-link.ts';

const never = new AbortController().signal;
const request = { method: 'x', params: '{}' };

/** A link that fails as it is told. */
class FailingLink extends FixedLink {
  failure: unknown;

  override async request(): Promise<string> {
    if (this.failure === undefined) return '{}';
    throw new GatewayError('BACKEND_UNAVAILABLE', 'it failed', { cause: this.failure });
  }
}

function stage() {
  const links = [new FailingLink(), new FailingLink()] as const;
  const state = { current: links[0], chosen: 0, forgotten: 0, changes: 0 };
  const link = new EraLink({
    choose: async () => {
      state.chosen++;
      return state.current;
    },
    forget: () => state.forgotten++,
    changed: async () => void state.changes++,
    [Symbol.asyncDispose]: async () => undefined,
  });
  return { links, state, link };
}

suite('the way to a server whose era is not known', () => {
  test('is found once, while the server answers', async () => {
    const { state, link } = stage();
    await link.request(request, never);
    await link.request(request, never);
    assert.deepEqual([state.chosen, state.forgotten, state.changes], [1, 0, 0]);
  });

  const answer = (code: number, status?: number) =>
    new AnswerError({ code, message: '', error: '{}' }, status);
  for (const [what, failure, isForgotten] of [
    ['a connection that broke', new TransportError('BROKEN', ''), true],
    ['a refusal', new TransportError('STATUS', '', { refusal: { status: 400 } }), true],
    [
      'a refusal for want of credentials',
      new TransportError('STATUS', '', { refusal: { status: 401 } }),
      false,
    ],
    ['a message that is too large', new TransportError('TOO_LARGE', ''), false],
    ['an error that came with a status of refusal', answer(-32000, 400), true],
    ['an error that came as an answer', answer(-32000, 200), false],
    ['an error that says what is wrong with the request', answer(-32602, 400), false],
    ['an error that only its own era has', answer(-32020, 400), false],
  ] as const)
    test(`is ${isForgotten ? '' : 'not '}found anew after ${what}`, async () => {
      const { links, state, link } = stage();
      links[0].failure = failure;
      await assert.rejects(link.request(request, never));
      links[0].failure = undefined;
      state.current = links[1];
      await link.request(request, never);
      const found = isForgotten ? [2, 1, 1] : [1, 0, 0];
      assert.deepEqual([state.chosen, state.forgotten, state.changes], found);
    });
});
