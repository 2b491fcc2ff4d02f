import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  metaOf,
  toLegacyParams,
  toModernParams,
  withMeta,
  withSubscription,
} from '../../../gateway/modern/request-meta.ts';

const client = { clientInfo: '{ "name":"c","version":"1" }', clientCapabilities: '{ "roots":{} }' };
const said =
  '"io.modelcontextprotocol/protocolVersion":"2026-07-28",' +
  '"io.modelcontextprotocol/clientCapabilities":{ "roots":{} },' +
  '"io.modelcontextprotocol/clientInfo":{ "name":"c","version":"1" }';

suite('_meta', () => {
  test('is read as it is spelled', () => {
    assert.equal(metaOf('{"a":1, "_meta" : { "n":1.0 } }'), '{ "n":1.0 }');
  });

  for (const params of [undefined, '{}', '{"_meta":null}', '{"_meta":"a"}', '{"a":{"_meta":{}}}']) {
    test(`is not there in ${params}`, () => assert.equal(metaOf(params), undefined));
  }

  test('is put in the place of the one before, and behind params without one', () => {
    assert.equal(withMeta('{"_meta":{"b":1},"a":1.0}', '{ }'), '{"_meta":{ },"a":1.0}');
    assert.equal(withMeta('{"a":1.0}', '{"b":1}'), '{"a":1.0,"_meta":{"b":1}}');
    assert.equal(withMeta(undefined, '{"b":1}'), '{"_meta":{"b":1}}');
  });
});

suite('the params of a legacy request, for a modern server', () => {
  test('say who asks, and keep what they said', () => {
    assert.equal(
      toModernParams('{"name":"a","_meta":{"progressToken": 1e2,"x":1.0},"arguments":{ }}', client),
      `{"name":"a","_meta":{"progressToken":1e2,"x":1.0,${said}},"arguments":{ }}`,
    );
  });

  test('say so also where there were none', () => {
    assert.equal(toModernParams(undefined, client), `{"_meta":{${said}}}`);
  });

  test('say nothing that a client made up for itself', () => {
    const forged =
      '{"_meta":{"io.modelcontextprotocol/protocolVersion":"1","io.modelcontextprotocol/logLevel":"debug"}}';
    assert.equal(toModernParams(forged, client), `{"_meta":{${said}}}`);
  });

  test('say which logs are asked for, and need not say who the client is', () => {
    assert.equal(
      toModernParams('{}', { clientCapabilities: '{}', logLevel: '"info"' }),
      '{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",' +
        '"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"info"}}',
    );
  });
});

suite('the params of a modern request, for a legacy server', () => {
  test('say no more who asks, and keep the rest', () => {
    assert.equal(
      toLegacyParams(`{"a":1.0,"_meta":{"progressToken":1e2,${said},"x":{ }}}`),
      '{"a":1.0,"_meta":{"progressToken":1e2,"x":{ }}}',
    );
  });

  test('have no _meta where nothing is left of it', () => {
    assert.equal(toLegacyParams(`{"_meta":{${said}},"a":1.0}`), '{"a":1.0}');
  });

  test('are the same where there is none', () => assert.equal(toLegacyParams('{ "a":1 }'), '{ "a":1 }'));

  test('are those that the request had before', () => {
    const params = '{"name":"a","_meta":{"progressToken":1}}';
    assert.equal(toLegacyParams(toModernParams(params, client)), params);
  });
});

suite('a subscription', () => {
  test('is named by another id where it is named', () => {
    assert.equal(
      withSubscription('{"n":1.0,"_meta":{"io.modelcontextprotocol/subscriptionId":1,"x":1.0}}', '"a"'),
      '{"n":1.0,"_meta":{"io.modelcontextprotocol/subscriptionId":"a","x":1.0}}',
    );
  });

  for (const object of ['{ "n":1.0 }', '{ "_meta":{ } }', '{"_meta":1}']) {
    test(`leaves ${object} as it is`, () => assert.equal(withSubscription(object, '2'), object));
  }
});
