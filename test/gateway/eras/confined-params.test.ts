import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { confinedParams } from '../../../gateway/eras/confined-params.ts';

suite('what an agent that carries too much asks a server with tools/list', () => {
  test('says nothing of the client’s own, in either era', () => {
    assert.equal(confinedParams('{"words":"x","_meta":{"progressToken":"x"}}'), '{}');
    const version = '"io.modelcontextprotocol/protocolVersion":"2026-07-28"';
    const { _meta, ...others } = JSON.parse(confinedParams(`{"words":"x","_meta":{${version},"words":"x"}}`));
    assert.deepEqual(others, {});
    assert.equal(_meta['io.modelcontextprotocol/clientInfo'].name, 'sluice');
    assert.equal(_meta.words, undefined);
  });

  test('is refused for more than the first page', () => {
    assert.throws(() => confinedParams('{"cursor":"x"}'), { code: -32603, message: /^Denied:/ });
  });
});
