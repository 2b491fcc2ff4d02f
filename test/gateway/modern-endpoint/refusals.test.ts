/** What the endpoint of 2026-07-28 refuses, in which order, and in which words of HTTP and JSON-RPC. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ModernEndpoint } from '../../../gateway/modern-endpoint/modern-endpoint.ts';
import { type RawRequest, type RawResponse, rawRequest } from '../../e2e/raw-request.ts';
import { ModernListener } from './modern-listener.ts';
import { goodMeta, modernPost } from './modern-message.ts';
import { complete, ScriptedModernPeer } from './scripted-modern-peer.ts';

const peer = new ScriptedModernPeer((asked) => complete(asked));
let listener: ModernListener;
before(async () => {
  listener = await ModernListener.start(new ModernEndpoint(peer));
});
after(async () => {
  assert.deepEqual(listener.faults, []);
  await listener[Symbol.asyncDispose]();
});

const ask = (request: RawRequest): Promise<RawResponse> => rawRequest(listener.port, request);

/** The status, the JSON-RPC code, and the id; `none` where the answer has no member of that name. */
function refusalOf({ status, body }: RawResponse): string {
  const { id = 'none', error } = JSON.parse(body);
  return `${status} ${error?.code} ${id}`;
}

async function refused(request: RawRequest, refusal: string): Promise<void> {
  const before = peer.requests.length;
  assert.equal(refusalOf(await ask(request)), refusal);
  assert.equal(peer.requests.length, before, 'the peer was not asked');
}

const { 'io.modelcontextprotocol/clientInfo': _, ...nameless } = goodMeta;
const version = 'io.modelcontextprotocol/protocolVersion';
const capabilities = 'io.modelcontextprotocol/clientCapabilities';

suite('_meta', () => {
  const faulty: readonly (readonly [what: string, meta: unknown])[] = [
    ['is missing', undefined],
    ['is no object', 'me'],
    ['has no version', { [capabilities]: {} }],
    ['has a version that is no string', { ...goodMeta, [version]: 20_260_728 }],
    ['has no capabilities', { [version]: '2026-07-28' }],
    ['has capabilities that are no object', { ...goodMeta, [capabilities]: [] }],
  ];
  for (const [what, _meta] of faulty) {
    test(`that ${what} is refused before the headers are looked at`, () =>
      refused(modernPost('tools/list', { _meta }, { 'mcp-method': 'ping' }), '400 -32602 7'));
  }

  test('need not say who the client is', async () => {
    assert.equal((await ask(modernPost('tools/list', { _meta: nameless }))).status, 200);
  });

  test('with two members of the same name is refused', async () => {
    const { body, ...request } = modernPost('tools/list');
    const twice = body.replace('"_meta":{', `"_meta":{"${version}":"2025-11-25",`);
    await refused({ ...request, body: twice }, '400 -32600 7');
  });
});

suite('a header that repeats the body', () => {
  const named = { name: 'a tool', arguments: {} };
  const mismatches: readonly (readonly [what: string, request: RawRequest])[] = [
    ['no version', modernPost('tools/list', {}, { 'mcp-protocol-version': undefined })],
    ['another version', modernPost('tools/list', {}, { 'mcp-protocol-version': '2025-11-25' })],
    ['no method', modernPost('tools/list', {}, { 'mcp-method': undefined })],
    ['another method', modernPost('tools/list', {}, { 'mcp-method': 'tools/call' })],
    ['the method in other case', modernPost('tools/list', {}, { 'mcp-method': 'Tools/List' })],
    ['no name of a tool', modernPost('tools/call', named, { 'mcp-name': undefined })],
    ['another name of a tool', modernPost('tools/call', named, { 'mcp-name': 'b tool' })],
    ['a name where the body has none', modernPost('tools/call', {}, { 'mcp-name': 'a tool' })],
    ['another URI', modernPost('resources/read', { uri: 'a:b' }, { 'mcp-name': 'a:c' })],
    ['another prompt', modernPost('prompts/get', { name: 'a' }, { 'mcp-name': 'b' })],
    ['base64 of another name', modernPost('tools/call', named, { 'mcp-name': '=?base64?Yg==?=' })],
    ['what is no base64', modernPost('tools/call', named, { 'mcp-name': '=?base64?YSB0b29s!?=' })],
    ['no base64 where there is no name', modernPost('tools/call', {}, { 'mcp-name': '=?base64?!?=' })],
    ['raw characters beyond ASCII', modernPost('tools/call', { name: 'é' }, { 'mcp-name': 'é' })],
    ['a malformed argument', modernPost('tools/call', named, { 'mcp-param-region': 'é' })],
  ];
  for (const [what, request] of mismatches) {
    test(`must not say ${what}`, () => refused(request, '400 -32020 7'));
  }

  test('is checked before the version is', () => {
    const unknown = { ...goodMeta, [version]: '2099-01-01' };
    return refused(modernPost('tools/list', { _meta: unknown }), '400 -32020 7');
  });

  const agreeing: readonly (readonly [name: string, header: string])[] = [
    ['ä', '=?base64?w6Q=?='],
    ['=?base64?Yg==?=', '=?base64?PT9iYXNlNjQ/WWc9PT89?='],
    [' a ', '=?base64?IGEg?='],
    ['a', '  a  '],
    ['a', '=?base64?YQ==?='],
  ];
  for (const [name, header] of agreeing) {
    test(`may say ${JSON.stringify(name)} as ${JSON.stringify(header)}`, async () => {
      assert.equal((await ask(modernPost('tools/call', { name }, { 'mcp-name': header }))).status, 200);
    });
  }

  test('may be missing where the method has no name', async () => {
    assert.equal(
      (await ask(modernPost('completion/complete', { name: 'a' }, { 'mcp-name': undefined }))).status,
      200,
    );
  });
});

test('an unknown version is refused with those that are known', async () => {
  const unknown = { ...goodMeta, [version]: 'v999.0.0' };
  const request = modernPost('tools/list', { _meta: unknown }, { 'mcp-protocol-version': 'v999.0.0' });
  const { status, body } = await ask(request);
  assert.equal(status, 400);
  const { id, error } = JSON.parse(body);
  assert.deepEqual([id, error.code], [7, -32_022]);
  assert.deepEqual(error.data, { supported: ['2026-07-28'], requested: 'v999.0.0' });
});

suite('a body', () => {
  const bodies: readonly (readonly [what: string, body: string, refusal: string])[] = [
    ['is no JSON', '{"jsonrpc":', '400 -32700 none'],
    ['is a batch', '[]', '400 -32700 none'],
    ['is no message', '{"jsonrpc":"2.0","id":7}', '400 -32600 7'],
    ['has an id that is null', '{"jsonrpc":"2.0","id":null,"method":"a"}', '400 -32600 none'],
    ['is a result', '{"jsonrpc":"2.0","id":7,"result":{}}', '400 -32600 none'],
    ['is an error', '{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":""}}', '400 -32600 none'],
  ];
  for (const [what, body, refusal] of bodies) {
    test(`that ${what} is refused`, () => refused({ ...modernPost('tools/list'), body }, refusal));
  }

  test('that is no UTF-8 is refused without an id', () =>
    refused({ ...modernPost('tools/list'), body: Uint8Array.of(0xff) }, '400 -32700 none'));

  test('that is too large is refused without an id', () =>
    refused({ ...modernPost('tools/list'), body: ' '.repeat(8 * 1024 * 1024 + 1) }, '413 -32600 none'));

  test('that is no JSON by its type is refused', () =>
    refused(modernPost('tools/list', {}, { 'content-type': 'text/plain' }), '415 -32600 7'));

  test('whose answer may be no stream is refused', () =>
    refused(modernPost('tools/list', {}, { accept: 'application/json' }), '406 -32600 7'));
});

suite('a notification', () => {
  const body = '{"jsonrpc":"2.0","method":"notifications/a"}';

  test('is taken, and is for nobody', async () => {
    const before = peer.requests.length;
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'notifications/a' };
    const response = await ask({ headers, body });
    assert.deepEqual([response.status, response.body], [202, '']);
    assert.equal(peer.requests.length, before);
  });

  test('is refused where the header says another method', () =>
    refused({ headers: { 'mcp-method': 'notifications/b' }, body }, '400 -32020 none'));
});

for (const method of ['GET', 'DELETE', 'PUT']) {
  test(`${method} is refused with 405`, async () => {
    const { status, headers } = await ask({ method });
    assert.deepEqual([status, headers.allow], [405, 'POST']);
  });
}

test('a session id is ignored, and none is given', async () => {
  const response = await ask(
    modernPost('tools/list', {}, { 'mcp-session-id': 'mine', 'last-event-id': '1-1' }),
  );
  assert.deepEqual([response.status, response.headers['mcp-session-id']], [200, undefined]);
});
