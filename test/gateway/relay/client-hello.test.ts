import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clientHello } from '../../../gateway/relay/client-hello.ts';
import { version } from '../../../gateway/version.ts';

const params =
  '{"protocolVersion":"2099-01-01","capabilities":{"sampling":{"tools":{}},"roots":{"listChanged":true},"experimental":{"leak":1}},"clientInfo":{"name":"leak","version":"1"},"_meta":{"leak":1.0}}';
const protocolVersion = '2025-06-18';

suite('what a server hears of a client in initialize', () => {
  test('is what the client says, in the revision of its session', () => {
    const hello = clientHello(params, { protocolVersion, isConfined: false });
    assert.equal(hello, params.replace('2099-01-01', protocolVersion));
  });

  test('of an agent that carries what may not be sent there is what the client can do, and no word of it', () => {
    assert.deepEqual(JSON.parse(clientHello(params, { protocolVersion, isConfined: true })), {
      protocolVersion,
      capabilities: { roots: {}, sampling: {} },
      clientInfo: { name: 'sluice', version },
    });
  });

  for (const capabilities of ['5', '"x"', '[1]', 'null']) {
    test(`is that it can do nothing, where its capabilities are ${capabilities}`, () => {
      const odd = `{"capabilities":${capabilities}}`;
      assert.deepEqual(JSON.parse(clientHello(odd, { protocolVersion, isConfined: true })).capabilities, {});
    });
  }
});
