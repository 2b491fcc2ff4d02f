import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AgentLinks } from '../../../gateway/eras/agent-links.ts';
import { FixedLink } from '../relay/fixed-link.ts';

const agent = (run: string) => ({ principal: 'alice', run });

/** Connections of agents, and those that were opened. */
function stage() {
  const opened: FixedLink[] = [];
  const links = new AgentLinks(() => {
    const link = new FixedLink();
    opened.push(link);
    return link;
  });
  return { links, opened, open: () => opened.filter(({ closed }) => closed === 0).length };
}

suite('the connections of agents without sessions', () => {
  test('are one for each agent, and no agent has another’s', async () => {
    const { links, opened } = stage();
    await using _ = links;
    const first = links.lease(agent('a'));
    assert.equal(links.lease(agent('a')).session, first.session);
    assert.notEqual(links.lease(agent('b')).session, first.session);
    assert.notEqual(links.lease({ principal: 'bob', run: 'a' }).session, first.session);
    assert.equal(opened.length, 3);
  });

  test('make room for others when they rest, and are refused while all are in use', async () => {
    const { links, opened, open } = stage();
    await using _ = links;
    const leases = Array.from({ length: 1_000 }, (_, index) => links.lease(agent(String(index))));
    assert.throws(() => links.lease(agent('more')), { code: -32603 });
    leases[5]?.[Symbol.dispose]();
    links.lease(agent('more'));
    assert.deepEqual([open(), opened[5]?.closed], [1_000, 1]);
    links.lease(agent('7'));
    assert.equal(opened.length, 1_001);
  });

  test('are closed after ten minutes at rest, not before, and not while in use', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    let nowMs = 0;
    context.mock.method(performance, 'now', () => nowMs);
    const { links, opened } = stage();
    await using _ = links;
    using _used = links.lease(agent('used'));
    links.lease(agent('resting'))[Symbol.dispose]();
    const pass = (milliseconds: number) => {
      nowMs += milliseconds;
      context.mock.timers.tick(60_000);
    };
    pass(9 * 60_000);
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [0, 0],
    );
    pass(2 * 60_000);
    assert.deepEqual(
      opened.map(({ closed }) => closed),
      [0, 1],
    );
  });

  test('end with their agent session, and those that listen over them learn of it', async () => {
    const { links, opened } = stage();
    await using _ = links;
    const { session } = links.lease(agent('a'));
    let ended = 0;
    session.listeners.add({ notification: () => undefined, reopened: () => undefined, ended: () => ended++ });
    assert.deepEqual([links.endOf(agent('a')), links.endOf(agent('a'))], [1, 0]);
    assert.deepEqual([ended, opened[0]?.closed], [1, 1]);
  });
});
