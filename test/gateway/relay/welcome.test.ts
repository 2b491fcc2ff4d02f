import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { absentWelcome, Welcome } from '../../../gateway/relay/welcome.ts';
import { AnswerError } from '../../../gateway/rpc/answer-error.ts';
import { RpcError } from '../../../gateway/rpc/rpc-error.ts';
import { version } from '../../../gateway/version.ts';
import { labels } from '../granting-server.ts';
import { FixedLink } from './fixed-link.ts';
import { caller, JudgingServer, judgingFor } from './judging-server.ts';

const never = new AbortController().signal;
const trusting = { grant: labels([], ['trusted']) };

function welcomeBy(server: JudgingServer, link: FixedLink): Promise<string | undefined> {
  const { agents, judging } = judgingFor(server);
  return new Welcome(agents, judging).of(server, { method: 'initialize', params: '{}', caller, link }, never);
}

const refusing = (message: string) => {
  const link = new FixedLink();
  const cause = new AnswerError({ code: -1, message, error: '{"code":-1,"message":"no","data":[1]}' });
  link.request = () => Promise.reject(new GatewayError('BACKEND_UNAVAILABLE', message, { cause }));
  return link;
};

suite('the answer to initialize', () => {
  test('is the server’s own where the agent may read it', async () => {
    const result = '{ "protocolVersion":"2025-06-18","instructions":"do","x":1.0 }';
    const link = new FixedLink({ initialize: result });
    assert.equal(await welcomeBy(new JudgingServer(trusting, { integrity: ['trusted'] }), link), result);
  });

  test('has none of the server’s words where the agent may not read them', async () => {
    const result =
      '{"protocolVersion":"2025-06-18","instructions":"leak","serverInfo":{"name":"leak","version":"leak","title":"leak"},' +
      '"capabilities":{"tools":{"listChanged":true,"leak":1},"resources":{"subscribe":"leak"},"logging":"leak","leak":{},"experimental":{"leak":{}}},"_meta":{"leak":1}}';
    const link = new FixedLink({ initialize: result });
    const answer = await welcomeBy(new JudgingServer(trusting, { integrity: [] }), link);
    assert.deepEqual(JSON.parse(answer ?? ''), {
      protocolVersion: '2025-06-18',
      capabilities: { tools: { listChanged: true }, resources: {} },
      serverInfo: { name: 'server', version },
    });
  });

  test('is none where the server or the guard cannot be had, or what it says makes no sense', async () => {
    class Unguarded extends JudgingServer {
      override openGuard(): Promise<never> {
        return Promise.reject(new GatewayError('GUARD_UNAVAILABLE', 'away'));
      }
    }
    assert.equal(await welcomeBy(new JudgingServer(), new FixedLink()), undefined);
    assert.equal(await welcomeBy(new Unguarded(), new FixedLink({ initialize: '{}' })), undefined);
    const odd = new FixedLink({ initialize: '{"capabilities":[]}' });
    assert.equal(await welcomeBy(new JudgingServer(trusting, { integrity: [] }), odd), undefined);
  });

  test('is the server’s error where nobody guards it, and none of its words where somebody does', async () => {
    const noop = new JudgingServer({}, { guard: { kind: 'noop' } });
    await assert.rejects(
      welcomeBy(noop, refusing('no')),
      (error) => error instanceof RpcError && error.code === -1 && error.message === 'no',
    );
    assert.equal(await welcomeBy(new JudgingServer(), refusing('no')), undefined);
  });

  test('of a server that is not there offers tools that will be others', () => {
    const { capabilities, ...others } = JSON.parse(absentWelcome('a "b"', '2025-06-18'));
    assert.deepEqual(capabilities, { tools: { listChanged: true } });
    assert.deepEqual(others, { protocolVersion: '2025-06-18', serverInfo: { name: 'a "b"', version } });
  });
});
