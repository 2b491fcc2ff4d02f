import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BearerSource } from '../../../gateway/server-transport/bearer-source.ts';
import { HttpExchange } from '../../../gateway/server-transport/http-exchange.ts';
import { HandMadeServer } from '../../harness/hand-made-server.ts';

const never = new AbortController().signal;
const post = { method: 'POST', headers: {}, body: 'once' } as const;

/** A source that has `old` first, and after a refusal what `next` gives. */
function sourceOf(next: () => Promise<string | undefined>): BearerSource {
  return { token: async () => 'old', renewed: next };
}

suite('a request with a bearer token', () => {
  const takes = (token: string) =>
    HandMadeServer.start(({ headers, response }) => {
      response.writeHead(headers.authorization === `Bearer ${token}` ? 200 : 401).end();
    });

  test('is sent once more with a newer one when it is refused', async () => {
    await using server = await takes('new');
    const http = new HttpExchange({ url: server.url, headers: {}, bearer: sourceOf(async () => 'new') });
    assert.equal((await http.open(post, never)).statusCode, 200);
    assert.deepEqual(
      server.arrivals.map(({ headers, body }) => [headers.authorization, body]),
      [
        ['Bearer old', 'once'],
        ['Bearer new', 'once'],
      ],
    );
    http.close();
  });

  test('is sent no third time', async () => {
    await using server = await takes('other');
    const http = new HttpExchange({ url: server.url, headers: {}, bearer: sourceOf(async () => 'new') });
    assert.equal((await http.open(post, never)).statusCode, 401);
    assert.equal(server.arrivals.length, 2);
    http.close();
  });

  test('is not sent again without a newer one', async () => {
    await using server = await takes('new');
    const refusal = async () => Promise.reject(new Error('no more'));
    const [none, failing] = [sourceOf(async () => undefined), sourceOf(refusal)];
    const http = new HttpExchange({ url: server.url, headers: {}, bearer: none });
    assert.equal((await http.open(post, never)).statusCode, 401);
    http.close();
    const other = new HttpExchange({ url: server.url, headers: {}, bearer: failing });
    await assert.rejects(other.open(post, never), /no more/);
    other.close();
    assert.equal(server.arrivals.length, 2);
  });
});
