import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { Mode } from '../../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { description, type GuardStream, json } from '../../../harness/guard-stream.ts';
import { RunningSidecar } from '../../../harness/running-sidecar.ts';
import { guardBytes } from '../../../harness/wasm-guard.ts';

const acceptedPolicy = { agent: {}, difc_mode: 'filter' };
/** Limits under which nothing but a cancel ends a guest. */
const endless = { deadlineMs: 600_000, cpuMs: 60_000 };

describe('a session stream', () => {
  let sidecar: RunningSidecar;

  before(async () => {
    sidecar = await RunningSidecar.serving({
      'answers-public': {},
      'calls-backend': {},
      'asks-backend-for-policy': { limits: { queueLength: 2_000 } },
      'remembers-policy': { policy: { resource: { description: 'the default' } } },
      'has-no-default': { guest: 'remembers-policy' },
      loops: { limits: endless },
    });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  describe('opens', () => {
    it('with the labels, the mode, and the digest of the guard', async () => {
      const stream = sidecar.stream();
      const opened = await stream.open('answers-public');
      assert.deepEqual(opened.agent, { description: '', secrecy: [], integrity: [] });
      assert.equal(opened.mode, Mode.MODE_FILTER);
      const digest = createHash('sha256')
        .update(await guardBytes('answers-public'))
        .digest('hex');
      assert.equal(opened.guardDigest, digest);
      await stream.close();
    });

    it('with the policy of the client', async () => {
      const stream = await sidecar.open('remembers-policy', { resource: { description: 'its own' } });
      assert.equal(description(await stream.labelResource('get')), 'its own');
      await stream.close();
    });

    it("with the guard's default policy where the client gives none", async () => {
      const stream = sidecar.stream();
      await stream.open('remembers-policy', '');
      assert.equal(description(await stream.labelResource('get')), 'the default');
      await stream.close();
    });

    it('with an empty policy where neither gives one', async () => {
      const stream = sidecar.stream();
      await stream.open('has-no-default', '');
      // It answers with `{}`, its policy, which are no labels.
      await assert.rejects(stream.labelResource('get'), { reason: 'INVALID_OUTPUT' });
      await stream.close();
    });

    it('after its guard has asked the backend, under the id 0', async () => {
      const stream = sidecar.stream();
      stream.answerBackend = () => json(acceptedPolicy);
      assert.equal((await stream.open('asks-backend-for-policy')).mode, Mode.MODE_FILTER);
      const [call] = stream.backendCalls;
      assert.deepEqual([call?.id, call?.call, call?.tool], [0, 1, 'get_policy']);
      await stream.close();
    });

    it('not when the guard refuses the policy', async () => {
      const stream = sidecar.stream();
      stream.answerBackend = () => json({ success: false, error: 'no such repository' });
      await assert.rejects(stream.open('asks-backend-for-policy'), {
        code: status.INVALID_ARGUMENT,
        reason: 'POLICY_REJECTED',
        message: /no such repository/,
      });
    });

    it('not when the guard refuses it with a long text beyond ASCII, which arrives cut', async () => {
      const stream = sidecar.stream();
      stream.answerBackend = () => json({ success: false, error: `${'拒'.repeat(5_000)}` });
      await assert.rejects(stream.open('asks-backend-for-policy'), {
        reason: 'POLICY_REJECTED',
        message: /拒{999}…/,
      });
    });

    for (const policy of ['[]', '1', 'null', '{', '{}{}', '\uFEFF{}', '"\\ud800"']) {
      it(`not with the policy ${JSON.stringify(policy)}, which is no JSON object`, async () => {
        await assert.rejects(sidecar.stream().open('answers-public', policy), { reason: 'POLICY_REJECTED' });
      });
    }

    it('not with a policy above the limit of the ABI', async () => {
      const policy = JSON.stringify({ text: 'x'.repeat(8 * 1024 * 1024) });
      await assert.rejects(sidecar.stream().open('answers-public', policy), {
        reason: 'POLICY_REJECTED',
        message: /8388608 bytes/,
      });
    });

    for (const name of ['nobody', '', 'constructor', 'a\nb', 'x'.repeat(1_000_000)]) {
      it(`not with the guard ${JSON.stringify(name.slice(0, 20))}, which nobody configured`, async () => {
        await assert.rejects(sidecar.stream().open(name), {
          code: status.NOT_FOUND,
          reason: 'GUARD_NOT_FOUND',
        });
      });
    }
  });

  describe('ends with INVALID_REQUEST', () => {
    const cases: Record<string, (stream: GuardStream) => void> = {
      'when a question comes before open': (stream) => void stream.labelResource('get'),
      'when a cancel comes before open': (stream) => stream.send({ $case: 'cancel', value: { id: 1 } }),
      'when open comes twice': (stream) => {
        void stream.open('answers-public');
        void stream.open('answers-public');
      },
      'when a question has the id 0': (stream) => {
        void stream.open('answers-public');
        void stream.ask(
          { $case: 'labelResource', value: { toolName: 'get', toolArgs: Buffer.of() } },
          { id: 0 },
        );
      },
      'when a question has an id that is in use': (stream) => {
        void stream.open('calls-backend');
        for (const id of [7, 7])
          void stream.ask(
            { $case: 'labelResource', value: { toolName: 'get', toolArgs: Buffer.of() } },
            { id },
          );
      },
      'when a message is empty': (stream) => void stream.stream.write({ message: undefined }),
    };
    for (const [name, act] of Object.entries(cases)) {
      it(name, async () => {
        const stream = sidecar.stream();
        act(stream);
        await assert.rejects(stream.ended, { code: status.INVALID_ARGUMENT, reason: 'INVALID_REQUEST' });
      });
    }

    it('and does nothing that was asked behind it', async () => {
      const [stream, neighbour] = [sidecar.stream(), await sidecar.open('loops')];
      const before = sidecar.log.length;
      await stream.open('loops');
      const question = { toolName: 'get', toolArgs: Buffer.of() };
      void stream.ask({ $case: 'labelResource', value: question }, { id: 0 });
      void stream.labelResponse('get', {});
      await assert.rejects(stream.ended, { reason: 'INVALID_REQUEST' });
      await neighbour.labelResource('get');
      assert.ok(!sidecar.log.includes('looping', before));
      await neighbour.close();
    });

    it('and with it the questions that are open, none of which is answered later', async () => {
      const stream = await sidecar.open('calls-backend');
      stream.answerBackend = () => new Promise(() => undefined);
      const answer = stream.labelResource('get');
      await stream.backendCall();
      void stream.open('calls-backend');
      await assert.rejects(answer, { reason: 'INVALID_REQUEST' });
    });
  });
});
