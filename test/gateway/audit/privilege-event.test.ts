import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { privilegeEvent } from '../../../gateway/audit/privilege-event.ts';
import type { PrivilegeUse } from '../../../gateway/privilege/privileges.ts';
import { labels } from '../granting-server.ts';

function use(dropped: readonly string[], added: readonly string[]): PrivilegeUse {
  const who = { principal: 'alice', run: '1', server: 'office', tool: 'approve' };
  const [before, after] = [labels(dropped), labels([], added)];
  return { ...who, privilege: 'release', dropped, added, kept: [], before, after, durationMs: undefined };
}

suite('a privilege that was used', () => {
  for (const [about, used, kind] of [
    ['that drops a tag is a declassification', use(['a'], []), 'declassified'],
    ['that adds a tag is an endorsement', use([], ['b']), 'endorsed'],
    ['that does both is a declassification', use(['a'], ['b']), 'declassified'],
  ] as const) {
    test(`${about}, with the labels before and after`, () => {
      const { before, after } = used;
      const who = { principal: 'alice', run: '1', server: 'office', tool: 'approve' };
      assert.deepEqual(privilegeEvent(used), { kind, rule: 'release', ...who, before, after });
    });
  }
});
