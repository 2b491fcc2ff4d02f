import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { ToolLister } from '../../../gateway/relay/tool-lister.ts';
import { RpcError } from '../../../gateway/rpc/rpc-error.ts';
import { labels } from '../granting-server.ts';
import { FixedLink } from './fixed-link.ts';
import { caller, JudgingServer, judgingFor } from './judging-server.ts';

const never = new AbortController().signal;
const page = '{ "tools":[ {"name":"a","n":1.0}, {"name":"b"} ], "nextCursor":"c" }';

function listerOf(server: JudgingServer, link = new FixedLink({ 'tools/list': page })) {
  const { agents, judging } = judgingFor(server);
  const lister = new ToolLister(agents, judging);
  const list = (who = caller, params = '{"cursor":"x"}', isRefusalTold = false) =>
    lister.list(server, { method: 'tools/list', params, caller: who, link, isRefusalTold }, never);
  return { list, link, agents };
}

suite('the tools that an agent is shown', () => {
  test('are a page of the server’s own bytes, asked for with the client’s own params', async () => {
    const { list, link } = listerOf(new JudgingServer());
    assert.equal(await list(), page);
    assert.deepEqual(
      link.asked.map(({ params, isRepeatable }) => [params, isRepeatable]),
      [['{"cursor":"x"}', true]],
    );
  });

  test('are those on the allow-list, and the page keeps its cursor', async () => {
    const { list } = listerOf(new JudgingServer({}, { tools: ['a', 'c'] }));
    assert.equal(await list(), '{"tools":[{"name":"a","n":1.0}],"nextCursor":"c"}');
  });

  test('are as they were when the agent saw them first; another agent sees what they are', async () => {
    const { list, link } = listerOf(new JudgingServer());
    await list();
    const changed = '{"tools":[{"name":"a","n":2},{"name":"b"}]}';
    link.results.set('tools/list', changed);
    assert.equal(await list(), '{"tools":[{"name":"b"}]}');
    assert.equal(await list({ principal: 'alice', run: '2' }), changed);
    link.results.set('tools/list', page);
    assert.equal(await list(), page);
  });

  test('of one name on one page are the first only', async () => {
    const link = new FixedLink({
      'tools/list': '{"tools":[{"name":"a"},{"name":"a","description":"no, me"}]}',
    });
    const { list } = listerOf(new JudgingServer(), link);
    assert.equal(await list(), '{"tools":[{"name":"a"}]}');
  });

  test('are none where its guard cannot be had, or the agent may not read them, and the server is not asked', async () => {
    class Unguarded extends JudgingServer {
      override openGuard(): Promise<never> {
        return Promise.reject(new GatewayError('GUARD_UNAVAILABLE', 'away'));
      }
    }
    const doubtful = new JudgingServer({ grant: labels([], ['trusted']) }, { integrity: [] });
    for (const [server, reason] of [
      [new Unguarded(), 'GUARD_UNAVAILABLE'],
      [doubtful, 'READ_INTEGRITY'],
    ] as const) {
      const { list, link } = listerOf(server);
      assert.equal(await list(), '{"tools":[]}');
      // Where there is no place for an empty list, the reason is told.
      await assert.rejects(list(caller, '{}', true), (error) => {
        assert.ok(error instanceof RpcError);
        assert.equal(Object(error.data)['sluice.dev/reason'], reason);
        return true;
      });
      assert.deepEqual(link.asked, []);
    }
  });

  for (const [about, result] of [
    ['away', undefined],
    ['no list', '{"tools":1}'],
  ] as const) {
    test(`are an error that says what to do where the server is ${about}`, async () => {
      const link = new FixedLink(result === undefined ? {} : { 'tools/list': result });
      const { list } = listerOf(new JudgingServer(), link);
      await assert.rejects(list(), (error) => {
        assert.ok(error instanceof RpcError);
        assert.match(error.message, /; (try again later|check the arguments), or tell the user\.$/);
        return true;
      });
    });
  }
});
