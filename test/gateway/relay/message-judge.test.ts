import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Guard } from '../../../gateway/guard/guard.ts';
import type { ResponseLabels } from '../../../gateway/response/response-labels.ts';
import { labels } from '../granting-server.ts';
import { caller, JudgingServer, judgingFor, resource } from './judging-server.ts';

const never = new AbortController().signal;
const message = { name: 'notifications/own', params: '{ "items":[], "items":[2, 3] }' };
const judged = '{"items":[2,3]}';
const house = labels(['house']);

function judgeOf(guard: Partial<Guard>, config: ConstructorParameters<typeof JudgingServer>[1] = {}) {
  const server = new JudgingServer(guard, config);
  const { judge, agents } = judgingFor(server);
  const said = { message, caller };
  return {
    read: () => judge.readable(server, said, never),
    write: () => judge.writable(server, said, never),
    labels: () => agents.find('alice', '1')?.labels,
  };
}

suite('a message of a server', () => {
  test('is read: it may be told in the bytes that were judged', async () => {
    const asked: string[] = [];
    const guard: Partial<Guard> = {
      labelResource: async ({ tool, args }) => {
        asked.push(tool, args);
        return resource();
      },
      labelResponse: async (_call, result): Promise<ResponseLabels> => {
        asked.push(result);
        return { kind: 'none' };
      },
    };
    assert.equal(await judgeOf(guard).read(), judged);
    assert.deepEqual(asked, ['notifications/own', judged, judged]);
  });

  for (const operation of ['read', 'write', 'read-write'] as const) {
    test(`may not be told where it is too secret, even if the guard calls it a ${operation}`, async () => {
      const guard = { labelResource: async () => resource(house, operation) };
      assert.equal(await judgeOf(guard).read(), undefined);
      assert.equal(await judgeOf({ ...guard, mode: 'filter' }).read(), undefined);
    });
  }

  test('may not be told where a part of it may not be', async () => {
    const entries = [{ path: '/items/0', labels: { description: '', ...house } }];
    const response: ResponseLabels = {
      kind: 'paths',
      itemsPath: '/items',
      entries,
      defaultLabels: undefined,
    };
    const guard = { labelResource: async () => resource(), labelResponse: async () => response };
    assert.equal(await judgeOf({ ...guard, mode: 'filter' }).read(), undefined);
  });

  test('makes the agent as secret as it is in propagate mode', async () => {
    const judgement = judgeOf({ mode: 'propagate', labelResource: async () => resource(house) });
    assert.equal(await judgement.read(), judged);
    assert.deepEqual(judgement.labels(), house);
  });

  test('has its own bytes where nobody judges it', async () => {
    assert.equal(await judgeOf({}, { guard: { kind: 'noop' } }).read(), message.params);
  });
});

suite('a message for a server', () => {
  test('is written: it may be sent where the agent may write', async () => {
    assert.equal(await judgeOf({ labelResource: async () => resource(house, 'read') }).write(), judged);
    const trusted = judgeOf({ labelResource: async () => resource(labels([], ['trusted']), 'read') });
    assert.equal(await trusted.write(), undefined);
  });

  test('may not be sent where the agent carries what may not leave for the server', async () => {
    const guard = { grant: house, labelResource: async () => resource(house) };
    assert.equal(await judgeOf(guard, { audience: ['house'] }).write(), judged);
    assert.equal(await judgeOf(guard, { audience: [] }).write(), undefined);
  });

  test('may not be sent where it cannot be judged', async () => {
    assert.equal(await judgeOf({ labelResource: () => Promise.reject(new Error('no')) }).write(), undefined);
  });
});
