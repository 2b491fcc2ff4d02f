import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RequestCaller } from '../../../gateway/relay/request-caller.ts';
import { RpcError } from '../../../gateway/rpc/rpc-error.ts';
import { labels } from '../granting-server.ts';
import { FixedLink } from './fixed-link.ts';
import { caller, JudgingServer, judgingFor, resource } from './judging-server.ts';

const never = new AbortController().signal;
const lists = ['prompts/list', 'resources/list', 'resources/templates/list'];

function callerOf(server: JudgingServer) {
  const link = new FixedLink(
    Object.fromEntries([...lists, 'resources/read'].map((method) => [method, '{ "n":1.0 }'])),
  );
  const { agents, judging } = judgingFor(server);
  const requests = new RequestCaller(agents, judging);
  const ask = (method: string) => requests.request(server, { method, params: '{}', caller, link }, never);
  return { ask, link, labels: () => agents.find('alice', '1')?.labels };
}

const readable = { labelResource: async () => resource(labels([], ['trusted']), 'read') };

suite('lists of prompts and resources', () => {
  for (const method of lists) {
    test(`(${method}) carry the declared integrity, whatever the guard says of them`, async () => {
      const guard = { ...readable, grant: labels([], ['trusted']) };
      const { ask, link } = callerOf(new JudgingServer(guard, { integrity: [] }));
      await assert.rejects(ask(method), (error) => {
        assert.ok(error instanceof RpcError);
        assert.deepEqual(error.data, {
          'sluice.dev/outcome': 'denied',
          'sluice.dev/reason': 'READ_INTEGRITY',
        });
        return true;
      });
      assert.deepEqual(link.asked, []);
      assert.equal(await ask('resources/read'), '{ "n":1.0 }');
      assert.equal(
        await callerOf(new JudgingServer(guard, { integrity: ['trusted'] })).ask(method),
        '{ "n":1.0 }',
      );
    });
  }

  test('make the agent as trusted as they are in propagate mode', async () => {
    const guard = { ...readable, mode: 'propagate', grant: labels([], ['trusted']) } as const;
    const { ask, labels: now } = callerOf(new JudgingServer(guard, { integrity: [] }));
    await ask('resources/read');
    assert.deepEqual(now(), labels([], ['trusted']));
    await ask('prompts/list');
    assert.deepEqual(now(), labels());
  });
});
