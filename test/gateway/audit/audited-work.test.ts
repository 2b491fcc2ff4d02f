import assert from 'node:assert/strict';
import { rm, symlink } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { AgentSession } from '../../../gateway/agent/agent-session.ts';
import type { AuditTrail } from '../../../gateway/audit/audit-trail.ts';
import { auditedWork } from '../../../gateway/audit/audited-work.ts';
import type { Outcome } from '../../../gateway/outcome.ts';
import { RpcError, rpcCodes } from '../../../gateway/rpc/rpc-error.ts';
import { Activity } from '../../../gateway/status/activity.ts';
import { GrantingServer } from '../granting-server.ts';
import { TrailFolder } from './trail-folder.ts';

const errand = { subject: 'get', server: new GrantingServer(), agent: new AgentSession('alice', [], '7') };
const result = { kind: 'result', text: '{}', isChanged: false } as const;
const unavailable = (wasCalled: boolean) => ({ kind: 'failed', reason: 'AUDIT_UNAVAILABLE', wasCalled });

/** What is delivered of work whose line cannot be written: the trail breaks while the work is done. */
async function deliveredWithoutTrail(work: () => Promise<Outcome>, required = true): Promise<Outcome> {
  await using folder = await TrailFolder.make();
  const trail = await folder.start({ required });
  const breaking = async () => {
    await rm(folder.file);
    await symlink('/dev/full', folder.file);
    return await work();
  };
  const outcome = await auditedWork(errand, { audit: trail }, breaking);
  await ended(trail);
  return outcome;
}

async function ended(trail: AuditTrail): Promise<void> {
  await trail[Symbol.asyncDispose]();
}

suite('audited work', () => {
  test('is written down with how it ended', async () => {
    await using folder = await TrailFolder.make();
    {
      await using trail = await folder.start({ required: true });
      assert.equal(await auditedWork(errand, { audit: trail }, async () => result), result);
      await auditedWork(errand, { audit: trail }, async () => ({ kind: 'denied', reason: 'TOOL_CHANGED' }));
      await auditedWork(errand, { audit: trail }, async () => ({
        kind: 'failed',
        reason: 'INTERNAL',
        wasCalled: true,
      }));
      const mistake = () => Promise.reject(new RpcError(rpcCodes.invalidParams, 'no such tool'));
      await assert.rejects(auditedWork(errand, { audit: trail }, mistake), { code: rpcCodes.invalidParams });
    }
    const decisions = (await folder.lines()).filter(({ kind }) => kind === 'decision');
    assert.deepEqual(
      decisions.map(({ principal, run, outcome, reason, wasCalled, guard }) =>
        [principal, run, outcome, reason, wasCalled, guard].join(' '),
      ),
      [
        'alice 7 result   noop',
        'alice 7 denied TOOL_CHANGED  noop',
        'alice 7 failed INTERNAL true noop',
        'alice 7 error -32602  noop',
      ],
    );
  });

  test('delivers nothing whose line cannot be written, where the trail is required', async () => {
    assert.deepEqual(await deliveredWithoutTrail(async () => result), unavailable(true));
    const denied = async () => ({ kind: 'denied', reason: 'AUDIENCE' }) as const;
    assert.deepEqual(await deliveredWithoutTrail(denied), unavailable(false));
  });

  test('tells no error of a server either', async () => {
    const error = () => Promise.reject(new RpcError(rpcCodes.invalidParams, 'the secret is 42'));
    assert.deepEqual(await deliveredWithoutTrail(error), unavailable(false));
  });

  test('delivers all the same where it is not', async () => {
    assert.equal(await deliveredWithoutTrail(async () => result, false), result);
  });

  test('does not begin while nothing can be written', async () => {
    await using folder = await TrailFolder.make();
    await symlink('/dev/full', folder.file);
    const trail = await folder.start({ required: true });
    const outcome = await auditedWork(errand, { audit: trail }, () => assert.fail('it was begun'));
    assert.deepEqual(outcome, unavailable(false));
    await ended(trail);
  });

  test('is shown to operators without a trail, too, and with the tags in the way', async () => {
    const activity = new Activity();
    activity.begun(errand.agent);
    await auditedWork(errand, { activity }, async () => result);
    const denied = { kind: 'denied', reason: 'AUDIENCE', tags: ['house'] } as const;
    await auditedWork(errand, { activity }, async () => denied);
    const mistake = () => Promise.reject(new RpcError(rpcCodes.invalidParams, 'no such tool'));
    await assert.rejects(auditedWork(errand, { activity }, mistake), { code: rpcCodes.invalidParams });
    assert.deepEqual(
      activity
        .historyOf(errand.agent)
        ?.marks.map(({ outcome, reason, inTheWay }) => [outcome, reason, inTheWay?.tags]),
      [
        ['result', undefined, undefined],
        ['denied', 'AUDIENCE', ['house']],
        ['error', String(rpcCodes.invalidParams), undefined],
      ],
    );
  });

  test('is shown as what it was told, where the trail could not be written', async () => {
    await using folder = await TrailFolder.make();
    await symlink('/dev/full', folder.file);
    const [audit, activity] = [await folder.start({ required: true }), new Activity()];
    await auditedWork(errand, { audit, activity }, () => assert.fail('it was begun'));
    assert.equal(activity.recent[0]?.reason, 'AUDIT_UNAVAILABLE');
    await ended(audit);
  });
});
