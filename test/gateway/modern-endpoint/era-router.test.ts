/** One path for both eras: which endpoint gets a request. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ClientEndpoint } from '../../../gateway/client-endpoint/client-endpoint.ts';
import { EraRouter } from '../../../gateway/modern-endpoint/era-router.ts';
import { ModernEndpoint } from '../../../gateway/modern-endpoint/modern-endpoint.ts';
import { begin, initialize, type RawRequest, rawRequest, rpc } from '../../e2e/raw-request.ts';
import { answer, ScriptedPeer } from '../client-endpoint/scripted-peer.ts';
import { ModernListener } from './modern-listener.ts';
import { goodMeta, modernPost } from './modern-message.ts';
import { complete, ScriptedModernPeer } from './scripted-modern-peer.ts';

let listener: ModernListener;
before(async () => {
  const script = { ping: (asked: Parameters<typeof answer>[0]) => answer(asked, { era: 'legacy' }) };
  const legacy = new ClientEndpoint((session) => new ScriptedPeer(session, script));
  const modern = new ModernEndpoint(new ScriptedModernPeer((asked) => complete(asked, '{"era":"modern"}')));
  listener = await ModernListener.start(new EraRouter({ legacy, modern }));
});
after(async () => {
  assert.deepEqual(listener.faults, []);
  await listener[Symbol.asyncDispose]();
});

async function ask(request: RawRequest) {
  const { status, body, headers } = await rawRequest(listener.port, { path: '/mcp', ...request });
  const message = body.startsWith('{') ? JSON.parse(body) : undefined;
  return { status, headers, result: message?.result, code: message?.error?.code, id: message?.id };
}

const newest = { 'mcp-protocol-version': '2026-07-28' };

suite('the legacy endpoint gets', () => {
  test('initialize, and what belongs to its session', async () => {
    const id = await begin(listener.port, '/mcp');
    const { result } = await ask({ headers: { 'mcp-session-id': id }, body: rpc('ping') });
    assert.deepEqual(result, { era: 'legacy' });
  });

  test('initialize without _meta of the modern era, whatever the header says', async () => {
    const { status, headers } = await ask({ headers: newest, body: initialize });
    assert.equal(status, 200);
    assert.notEqual(headers['mcp-session-id'], undefined);
  });

  test('what belongs to a session and names no modern revision in its header', async () => {
    const headers = {
      'mcp-session-id': await begin(listener.port, '/mcp'),
      'mcp-protocol-version': '2025-06-18',
    };
    const { result } = await ask({ headers, body: rpc('ping', { _meta: goodMeta }) });
    assert.deepEqual(result, { era: 'legacy' });
  });

  test('a request that speaks of the modern era in its arguments only', async () => {
    assert.equal((await ask({ body: rpc('ping', { arguments: { _meta: goodMeta } }) })).code, -32_000);
  });

  const others: readonly (readonly [what: string, request: RawRequest, status: number])[] = [
    ['a request without session, header and _meta', { body: rpc('ping') }, 400],
    [
      'a request with a header that is no revision',
      { headers: { 'mcp-protocol-version': 'new' }, body: rpc('ping') },
      400,
    ],
    ['a GET', { method: 'GET' }, 405],
    ['a DELETE', { method: 'DELETE' }, 400],
    ['what is no JSON', { body: '"io.modelcontextprotocol/protocolVersion"' }, 400],
  ];
  for (const [what, request, status] of others) {
    test(what, async () => {
      const response = await ask(request);
      assert.deepEqual([response.status, response.id], [status, null]);
    });
  }

  test('a body that is too large, and no UTF-8, where no header says more', async () => {
    assert.deepEqual((await ask({ body: ' '.repeat(8 * 1024 * 1024 + 1) })).status, 413);
    assert.deepEqual((await ask({ body: Uint8Array.of(0xff) })).id, null);
  });
});

suite('the modern endpoint gets', () => {
  test('a request whose header and _meta say so', async () => {
    assert.deepEqual((await ask(modernPost('tools/list'))).result, { era: 'modern' });
  });

  test('initialize with _meta of that era', async () => {
    assert.deepEqual((await ask(modernPost('initialize'))).result, { era: 'modern' });
  });

  test('a request whose header says so, also where it names a session', async () => {
    const headers = { 'mcp-session-id': await begin(listener.port, '/mcp') };
    assert.deepEqual((await ask(modernPost('tools/list', {}, headers))).result, { era: 'modern' });
  });

  const refused: readonly (readonly [what: string, request: RawRequest, refusal: string])[] = [
    ['a request whose header alone says so', { headers: newest, body: rpc('ping') }, '400 -32602 1'],
    [
      'a request whose _meta alone says so',
      modernPost('tools/list', {}, { 'mcp-protocol-version': undefined }),
      '400 -32020 7',
    ],
    [
      'a request whose header says something else',
      modernPost('tools/list', {}, { 'mcp-protocol-version': '2025-11-25' }),
      '400 -32020 7',
    ],
    [
      'a newer revision than are known',
      { headers: { 'mcp-protocol-version': '2099-01-01' }, body: rpc('ping') },
      '400 -32602 1',
    ],
    [
      'what is no UTF-8, by its header',
      { headers: newest, body: Uint8Array.of(0xff) },
      '400 -32700 undefined',
    ],
    ['a GET, by its header', { headers: newest, method: 'GET' }, '405 -32600 undefined'],
    ['a DELETE, by its header', { headers: newest, method: 'DELETE' }, '405 -32600 undefined'],
  ];
  for (const [what, request, refusal] of refused) {
    test(what, async () => {
      const { status, code, id } = await ask(request);
      assert.equal(`${status} ${code} ${id}`, refusal);
    });
  }

  test('what cannot be read within, by its header', async () => {
    const { body, headers } = modernPost('tools/list');
    const twice = body.replace('"_meta":', '"_meta":{},"_meta":');
    const { status, code, id } = await ask({ ...(headers && { headers }), body: twice });
    assert.deepEqual([status, code, id], [400, -32_600, 7]);
  });
});
