import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  expectParams,
  expectToolCall,
  progressTokenOf,
  requestIdOf,
  traceIdOf,
} from '../../../gateway/relay/client-params.ts';
import { RpcError } from '../../../gateway/rpc/rpc-error.ts';

suite('the params of a client', () => {
  test('are written again so that no member comes twice, and keep their digits', () => {
    assert.equal(
      expectParams('{ "a":1, "a":2.50, "__proto__":{"b":9007199254740993} }'),
      '{"a":2.50,"__proto__":{"b":9007199254740993}}',
    );
    assert.equal(expectParams(), '{}');
  });

  for (const params of ['[]', '1', 'null', '"a"']) {
    test(`are refused where they are ${params}`, () => {
      assert.throws(
        () => expectParams(params),
        (error) => error instanceof RpcError && error.code === -32_602,
      );
    });
  }

  test('of a call give the guard and the server the same arguments, and the server what else there is', () => {
    const given =
      '{"_meta":{"progressToken":1},"arguments":{"x":1},"name":"a","arguments":{"__proto__":{"y":1},"n":1e400},"task":{}}';
    const { call, params } = expectToolCall(given);
    const args = '{"__proto__":{"y":1},"n":1e400}';
    assert.deepEqual(call, { tool: 'a', args });
    assert.equal(params, `{"_meta":{"progressToken":1},"name":"a","task":{},"arguments":${args}}`);
  });

  test('name the token of progress, raw, and only where it belongs', () => {
    for (const token of ['1', '"a"', '98765432109876543210'])
      assert.equal(progressTokenOf(`{"_meta":{"progressToken":${token}}}`), token);
    const quoted = JSON.stringify({ _meta: { a: '"progressToken"' } });
    for (const params of ['{}', '{"progressToken":1}', '{"_meta":5,"progressToken":1}', quoted])
      assert.equal(progressTokenOf(params), undefined);
  });

  test('name the trace that they belong to, where it is one', () => {
    const [id, span] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const traced = (parent: unknown) => traceIdOf(JSON.stringify({ _meta: { traceparent: parent } }));
    assert.equal(traced(`00-${id}-${span}-01`), id);
    for (const parent of [`00-${'0'.repeat(32)}-${span}-01`, `00-${id}`, `${id}"`, 5, null])
      assert.equal(traced(parent), undefined);
    assert.equal(traceIdOf(JSON.stringify({ traceparent: `00-${id}-${span}-01` })), undefined);
  });

  test('of a cancellation name a request, raw, or none', () => {
    assert.equal(requestIdOf('{"requestId":"1"}'), '"1"');
    assert.equal(requestIdOf('{"requestId":1}'), '1');
    for (const params of [undefined, '{}', '[]', '{"requestId":1,"requestId":2}', '{'])
      assert.equal(requestIdOf(params), '');
  });
});
