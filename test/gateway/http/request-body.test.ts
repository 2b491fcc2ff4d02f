import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { RpcHttpError } from '../../../gateway/http/http-error.ts';
import { readTextBody } from '../../../gateway/http/request-body.ts';

const limit = 8 * 1024 * 1024;

/** A request that arrives in these pieces. */
function request(...pieces: readonly (string | Uint8Array)[]): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  for (const piece of pieces) message.push(piece);
  message.push(null);
  return message;
}

function refusedWith(status: number, rpcCode: number) {
  return (error: unknown) => {
    assert.ok(error instanceof RpcHttpError);
    assert.deepEqual([error.status, error.rpcCode], [status, rpcCode]);
    return true;
  };
}

suite('a body', () => {
  test('is text, also where a character comes in two pieces', async () => {
    const bytes = Buffer.from('{"a":"é"}');
    assert.equal(await readTextBody(request(bytes.subarray(0, 7), bytes.subarray(7))), '{"a":"é"}');
  });

  test('may have a byte order mark, as UTF-8 may', async () => {
    assert.equal(await readTextBody(request('\ufeff{}')), '{}');
  });

  test('of the largest size is read', async () => {
    assert.equal((await readTextBody(request(' '.repeat(limit - 1), '1'))).length, limit);
  });

  test('of one byte more is refused, whatever it is', async () => {
    await assert.rejects(readTextBody(request('{'.repeat(limit), '{')), refusedWith(413, -32_600));
  });

  test('that says it is too large is refused before it comes', async () => {
    const message = new IncomingMessage(new Socket());
    message.headers['content-length'] = String(limit + 1);
    await assert.rejects(readTextBody(message), refusedWith(413, -32_600));
  });

  test('that is not UTF-8 is refused', async () => {
    const bytes = new Uint8Array([0x22, 0xc3, 0x22]);
    await assert.rejects(readTextBody(request(bytes)), refusedWith(400, -32_700));
  });

  test('may be empty', async () => {
    assert.equal(await readTextBody(request()), '');
  });
});
