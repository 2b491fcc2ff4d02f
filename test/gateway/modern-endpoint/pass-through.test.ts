/** What a client sees through both ends of the modern era, compared with the server itself, byte for byte. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type RawRequest, type RawResponse, rawRequest } from '../../e2e/raw-request.ts';
import { SseConnection } from '../client-endpoint/sse-connection.ts';
import { ForwardedFixture } from './forwarded-fixture.ts';
import { goodMeta, modernPost } from './modern-message.ts';

let forwarded: ForwardedFixture;
before(async () => {
  forwarded = await ForwardedFixture.start();
});
after(() => forwarded[Symbol.asyncDispose]());

const directPort = () => Number(new URL(forwarded.fixture.url).port);

/** The status and the text of an answer: of a stream, that of its messages. */
async function answersTo(request: RawRequest): Promise<readonly [RawResponse, RawResponse]> {
  return [await rawRequest(directPort(), request), await rawRequest(forwarded.listener.port, request)];
}

const said = ({ status, headers, body }: RawResponse) => ({ status, type: headers['content-type'], body });

const able = {
  ...goodMeta,
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, sampling: {}, roots: {} },
};
const tool = (name: string, args: object = {}, more: object = {}) =>
  modernPost('tools/call', { name, arguments: args, _meta: able, ...more });

suite('through both ends, the same bytes come of', () => {
  const requests: readonly (readonly [what: string, request: RawRequest])[] = [
    ['server/discover', modernPost('server/discover')],
    ['tools/list', modernPost('tools/list')],
    ['prompts/list', modernPost('prompts/list')],
    ['resources/list', modernPost('resources/list')],
    ['resources/templates/list', modernPost('resources/templates/list')],
    ['resources/read', modernPost('resources/read', { uri: 'test://static-binary' })],
    ['a resource that is not there', modernPost('resources/read', { uri: 'test://nothing' })],
    ['prompts/get', modernPost('prompts/get', { name: 'test_simple_prompt' })],
    ['a tool', tool('test_simple_text')],
    ['a tool that is not there', tool('nothing')],
    ['a tool that asks for input', tool('test_input_required_result_elicitation')],
    ['a tool that lacks a capability', modernPost('tools/call', { name: 'test_missing_capability' })],
    ['a method that is not there', modernPost('ping')],
    ['a forged state', tool('test_input_required_result_request_state', {}, { requestState: 'forged' })],
    ['a removed method', modernPost('initialize')],
    ['a mirrored argument that is missing', tool('test_param_header', { region: 'eu' })],
  ];
  for (const [what, request] of requests) {
    test(what, async () => {
      const [direct, through] = await answersTo(request);
      assert.deepEqual(said(through), said(direct));
    });
  }

  test('a mirrored argument', async () => {
    const { body } = tool('test_param_header', { region: 'ü' });
    const headers = { 'mcp-param-region': '=?base64?w7w=?=' };
    const [direct, through] = await answersTo({
      ...modernPost('tools/call', { name: 'test_param_header' }, headers),
      body,
    });
    assert.deepEqual(said(through), said(direct));
    assert.match(through.body, /Region: ü/);
  });

  test('a tool that reports its progress', async () => {
    const [direct, through] = await answersTo(
      tool('test_tool_with_progress', {}, { _meta: { ...able, progressToken: 'p' } }),
    );
    assert.deepEqual(said(through), said(direct));
    assert.equal([...through.body.matchAll(/notifications\/progress/g)].length, 3);
  });
});

test('a round trip of input comes to its end, with the state that the server gave out', async () => {
  const ask = tool('test_input_required_result_request_state');
  const first = JSON.parse((await rawRequest(forwarded.listener.port, ask)).body).result;
  assert.equal(first.resultType, 'input_required');
  const inputResponses = { confirm: { action: 'accept', content: { ok: true } } };
  const retry = tool(
    'test_input_required_result_request_state',
    {},
    { inputResponses, requestState: first.requestState },
  );
  const { body } = await rawRequest(forwarded.listener.port, retry);
  assert.match(body, /state-ok/);
});

test('a subscription is the client’s own: its id is that of its request, and it ends when the client goes', async () => {
  const { port } = forwarded.listener;
  const listen = modernPost('subscriptions/listen', { notifications: { toolsListChanged: true } });
  const body = listen.body.replace('"id":7', '"id":"mine"');
  const stream = await SseConnection.open(port, { ...listen, body });
  const acknowledged = JSON.parse((await stream.next())?.data ?? '');
  assert.equal(acknowledged.method, 'notifications/subscriptions/acknowledged');
  assert.deepEqual(acknowledged.params._meta, { 'io.modelcontextprotocol/subscriptionId': 'mine' });
  await rawRequest(port, tool('test_trigger_tool_change'));
  const changed = JSON.parse((await stream.next())?.data ?? '');
  assert.equal(changed.method, 'notifications/tools/list_changed');
  assert.deepEqual(changed.params._meta, { 'io.modelcontextprotocol/subscriptionId': 'mine' });
  stream.break();
  await forwarded.listener.connectionsLeft(0);
});
