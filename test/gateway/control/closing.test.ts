import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Closing } from '../../../gateway/control/closing.ts';

/** A request, and the response to it. */
function exchange(
  method: string,
  headers: Readonly<Record<string, string>> = {},
): { request: IncomingMessage; response: ServerResponse } {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  Object.assign(request.headers, headers);
  return { request, response: new ServerResponse(request) };
}

/** Lets a request in; its response. */
function admit(
  closing: Closing,
  method: string,
  headers: Readonly<Record<string, string>> = {},
): ServerResponse {
  const { request, response } = exchange(method, headers);
  closing.admit(request, response);
  return response;
}

async function hasEnded(closing: Closing): Promise<boolean> {
  let ended = false;
  void closing.ended.then(() => {
    ended = true;
  });
  await nextTurn();
  return ended;
}

suite('closing', () => {
  test('ends when all that was under way has ended, the request that asked for it too', async () => {
    const closing = new Closing(60_000);
    const [first, second] = [admit(closing, 'POST'), admit(closing, 'DELETE')];
    const asking = exchange('POST').response;
    first.emit('close');
    assert.equal(closing.begin(asking), true);
    second.emit('close');
    assert.equal(await hasEnded(closing), false);
    asking.emit('close');
    assert.equal(await hasEnded(closing), true);
  });

  test('does not wait for streams that only listen, in either era', async () => {
    const closing = new Closing(60_000);
    admit(closing, 'GET');
    admit(closing, 'POST', { 'mcp-method': 'subscriptions/listen' });
    const asking = exchange('POST').response;
    closing.begin(asking);
    asking.emit('close');
    assert.equal(await hasEnded(closing), true);
  });

  test('has not begun by itself, when nothing is under way', async () => {
    const closing = new Closing(0);
    admit(closing, 'POST').emit('close');
    assert.equal(closing.hasBegun, false);
    assert.equal(await hasEnded(closing), false);
  });

  test('begins once, and lets nothing in from then on', () => {
    const closing = new Closing(60_000);
    const asking = exchange('POST').response;
    assert.equal(closing.begin(asking), true);
    assert.equal(closing.begin(exchange('POST').response), false);
    for (const method of ['POST', 'GET', 'DELETE'])
      assert.throws(() => admit(closing, method), { status: 503, code: 'shutting_down' });
    asking.emit('close');
  });
});
