import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { RpcHttpError } from '../../gateway/http-error.ts';
import { readJsonBody } from '../../gateway/request-body.ts';

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
  test('is JSON, also where a character comes in two pieces', async () => {
    const bytes = Buffer.from('{"a":"é"}');
    assert.deepEqual(await readJsonBody(request(bytes.subarray(0, 7), bytes.subarray(7))), { a: 'é' });
  });

  test('may have a byte order mark, as UTF-8 may', async () => {
    assert.deepEqual(await readJsonBody(request('\ufeff{}')), {});
  });

  test('of the largest size is read', async () => {
    assert.equal(await readJsonBody(request(`1${' '.repeat(limit - 1)}`)), 1);
  });

  test('of one byte more is refused, whatever it is', async () => {
    await assert.rejects(readJsonBody(request('{'.repeat(limit), '{')), refusedWith(413, -32_600));
  });

  for (const [about, piece] of [
    ['no JSON', 'x'],
    ['empty', ''],
    ['not UTF-8', new Uint8Array([0x22, 0xc3, 0x22])],
  ] as const) {
    test(`that is ${about} is refused`, async () => {
      await assert.rejects(readJsonBody(request(piece)), refusedWith(400, -32_700));
    });
  }
});
