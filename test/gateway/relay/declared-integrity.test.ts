import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AgentSession } from '../../../gateway/agent/agent-session.ts';
import type { Mode } from '../../../gateway/monitor/mode.ts';
import { readDeclared } from '../../../gateway/relay/declared-integrity.ts';
import { labels } from '../granting-server.ts';
import { JudgingServer } from './judging-server.ts';

const never = new AbortController().signal;

async function readBy(integrity: readonly string[], mode: Mode, operator?: Mode) {
  const server = new JudgingServer({ grant: labels(['house'], ['a', 'b']) }, { integrity });
  const agent = new AgentSession('alice', [server]);
  await agent.guardOf(server, never);
  const mayRead = readDeclared({ server, agent }, { operator, guard: mode });
  return [mayRead, [...agent.labels.integrity].sort(), [...agent.labels.secrecy]] as const;
}

suite('what a server says of itself', () => {
  for (const mode of ['strict', 'filter', 'propagate'] as const) {
    test(`may be read in ${mode} mode by whom it is trusted enough for, and changes nothing`, async () => {
      for (const integrity of [['*'], ['a', 'b'], ['a', 'b', 'c']])
        assert.deepEqual(await readBy(integrity, mode), [true, ['a', 'b'], ['house']]);
    });
  }

  test('may not be read otherwise in strict and filter mode', async () => {
    for (const mode of ['strict', 'filter'] as const)
      assert.deepEqual(await readBy(['a'], mode), [false, ['a', 'b'], ['house']]);
    assert.deepEqual(await readBy(['a'], 'propagate', 'strict'), [false, ['a', 'b'], ['house']]);
  });

  test('may be read in propagate mode, and the agent is as trusted as that', async () => {
    assert.deepEqual(await readBy(['a', 'c'], 'propagate'), [true, ['a'], ['house']]);
    assert.deepEqual(await readBy([], 'propagate'), [true, [], ['house']]);
  });
});
