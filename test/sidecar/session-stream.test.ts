import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { Mode, type SessionRequest, SessionResponse } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { description, GuardStream, json } from '../harness/guard-stream.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { guardBytes } from '../harness/wasm-guard.ts';

const publicLabels = { resource: { description: '', secrecy: [], integrity: [] }, operation: 1 };
const secretLabels = { resource: { secrecy: ['s'] }, operation: 'read' };
const acceptedPolicy = { agent: {}, difc_mode: 'filter' };
/** Limits under which nothing but a cancel ends a guest. */
const endless = { deadlineMs: 600_000, cpuMs: 60_000 };

describe('a session stream', () => {
  let sidecar: RunningSidecar;

  before(async () => {
    sidecar = await RunningSidecar.serving({
      'answers-public': {},
      'calls-backend': {},
      'calls-backend-twice': {},
      'reports-backend-error': {},
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
      const answer = stream.labelResource('get');
      await stream.backendCall();
      void stream.open('calls-backend');
      await assert.rejects(answer, { reason: 'INVALID_REQUEST' });
    });
  });

  describe('answers', () => {
    it('label_resource and label_response', async () => {
      const stream = await sidecar.open('answers-public');
      assert.deepEqual(await stream.labelResource('get'), { $case: 'resource', value: publicLabels });
      assert.deepEqual(await stream.labelResponse('get', {}), {
        $case: 'response',
        value: { form: undefined },
      });
      await stream.close();
    });

    it('after the guard has asked the backend', async () => {
      const stream = await sidecar.open('calls-backend');
      stream.answerBackend = () => json(secretLabels);
      const labels = await stream.labelResource('get');
      assert.deepEqual(labels.$case === 'resource' && labels.value.resource?.secrecy, ['s']);
      const [call] = stream.backendCalls;
      assert.deepEqual(
        [call?.id, call?.call, call?.tool, call && Buffer.from(call.args).toString()],
        [1, 1, 'get', '{"what":"labels"}'],
      );
      await stream.close();
    });

    it('a client that opens, asks and half-closes at once, and then ends with OK', async () => {
      const stream = sidecar.stream();
      void stream.open('answers-public');
      const answer = stream.labelResource('get');
      await stream.close();
      assert.deepEqual(await answer, { $case: 'resource', value: publicLabels });
    });

    it('a client under a gRPC deadline', async () => {
      const stream = new GuardStream(sidecar.client.session({ deadline: Date.now() + 60_000 }));
      void stream.open('answers-public');
      const answer = stream.labelResource('get');
      await stream.close();
      assert.deepEqual(await answer, { $case: 'resource', value: publicLabels });
    });

    it('questions without a question with failed, and goes on', async () => {
      const stream = await sidecar.open('answers-public');
      const value = { id: 9, timeoutMs: 0, traceparent: '', question: undefined };
      stream.send({ $case: 'ask', value });
      const [failed] = await once(stream.stream, 'data');
      assert.equal(failed.message.$case, 'failed');
      assert.match(failed.message.value.message, /label_resource or label_response/);
      await stream.labelResource('get');
      await stream.close();
    });

    const breakouts = [
      '{}},"tool_name":"other","x":{',
      '{},"tool_name":"other"',
      '[]',
      '1',
      'null',
      '{',
      '{}{}',
      '\uFEFF{}',
    ];
    for (const args of breakouts) {
      it(`tool arguments that are no JSON object, ${JSON.stringify(args)}, with failed`, async () => {
        const stream = await sidecar.open('answers-public');
        await assert.rejects(stream.labelResource('get', args), {
          code: status.INVALID_ARGUMENT,
          reason: 'INVALID_REQUEST',
        });
        await stream.close();
      });
    }

    it('tool arguments that are no UTF-8 with failed', async () => {
      const stream = await sidecar.open('answers-public');
      const question = { toolName: 'get', toolArgs: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) };
      await assert.rejects(stream.ask({ $case: 'labelResource', value: question }), {
        reason: 'INVALID_REQUEST',
      });
      await stream.close();
    });

    it('input above the limit of the ABI with failed', async () => {
      const stream = await sidecar.open('answers-public');
      const large = JSON.stringify({ text: 'x'.repeat(8 * 1024 * 1024) });
      await assert.rejects(stream.labelResponse('get', large), {
        reason: 'INVALID_REQUEST',
        message: /8388608/,
      });
      await assert.rejects(stream.labelResource('get', large), {
        reason: 'INVALID_REQUEST',
        message: /8388608/,
      });
      await stream.close();
    });

    it('more questions than a session may have open with QUEUE_FULL', async () => {
      const stream = sidecar.stream();
      const policy = Promise.withResolvers<ReturnType<typeof json>>();
      stream.answerBackend = () => policy.promise;
      void stream.open('asks-backend-for-policy');
      await stream.backendCall();
      const answers = Array.from({ length: 1_000 }, () => stream.labelResource('get'));
      await assert.rejects(Promise.all(answers), { code: status.RESOURCE_EXHAUSTED, reason: 'QUEUE_FULL' });
      policy.resolve(json(acceptedPolicy));
      const settled = await Promise.allSettled(answers);
      assert.equal(settled.filter(({ status }) => status === 'rejected').length, 1);
      await stream.close();
    });
  });

  describe('ignores', () => {
    it('what refers to a question that is not open', async () => {
      const stream = await sidecar.open('answers-public');
      stream.cancel(77);
      stream.send({ $case: 'backendResult', value: { id: 77, call: 1, outcome: json({}) } });
      stream.send({ $case: 'backendResult', value: { id: 0, call: 1, outcome: json({}) } });
      assert.deepEqual(await stream.labelResource('get'), { $case: 'resource', value: publicLabels });
      await stream.close();
    });

    it('results of backend calls that nobody waits for: too early, unknown, and late', async () => {
      const stream = await sidecar.open('calls-backend-twice');
      const calls: (() => void)[] = [];
      const wrong = (call: number) =>
        stream.send({ $case: 'backendResult', value: { id: 1, call, outcome: json({ wrong: call }) } });
      stream.answerBackend = ({ call }) => {
        const { promise, resolve } = Promise.withResolvers<ReturnType<typeof json>>();
        calls.push(() => resolve(json({ resource: { description: `call ${call}` } })));
        return promise;
      };
      const answer = stream.labelResource('get');
      await stream.backendCall(1);
      wrong(2);
      wrong(99);
      calls[0]?.();
      await stream.backendCall(2);
      wrong(1);
      calls[1]?.();
      assert.equal(description(await answer), 'call 2');
      await stream.close();
    });
  });

  describe('cancels', () => {
    it('a question that waits for its backend', async () => {
      const stream = await sidecar.open('calls-backend');
      stream.answerBackend = () => new Promise(() => undefined);
      const answer = stream.labelResource('get');
      await stream.backendCall();
      stream.cancel(stream.lastId);
      await assert.rejects(answer, { code: status.CANCELLED, reason: 'CANCELLED' });
      stream.answerBackend = () => json(secretLabels);
      await stream.labelResource('get');
      await stream.close();
    });

    it('a question that waits for open, and the others behind it stay', async () => {
      const stream = sidecar.stream();
      const policy = Promise.withResolvers<ReturnType<typeof json>>();
      stream.answerBackend = () => policy.promise;
      void stream.open('asks-backend-for-policy');
      const [cancelled, answered] = [stream.labelResource('get'), stream.labelResource('get')];
      stream.cancel(1);
      await assert.rejects(cancelled, { reason: 'CANCELLED' });
      policy.resolve(json(acceptedPolicy));
      await answered;
      await stream.close();
    });

    it('the opening of the session, whose id is 0', async () => {
      const stream = sidecar.stream();
      stream.answerBackend = () => new Promise(() => undefined);
      void stream.open('asks-backend-for-policy');
      await stream.backendCall();
      stream.cancel(0);
      await assert.rejects(stream.ended, { code: status.CANCELLED, reason: 'CANCELLED' });
    });

    it('a guest that runs, with its process, and one that waits in line', async () => {
      const stream = await sidecar.open('loops');
      const before = sidecar.log.length;
      const [looping, waiting] = [stream.labelResponse('get', {}), stream.labelResponse('get', {})];
      await sidecar.logged('looping', before);
      stream.cancel(2);
      await assert.rejects(waiting, { reason: 'CANCELLED' });
      stream.cancel(1);
      await assert.rejects(looping, { reason: 'CANCELLED' });
      await sidecar.logged('its process ended: the caller cancelled this question', before);
      await stream.labelResource('get');
      await stream.close();
    });

    it('all that a stream has under way when the client cancels the stream', async () => {
      const stream = await sidecar.open('loops');
      const before = sidecar.log.length;
      const looping = stream.labelResponse('get', {});
      await sidecar.logged('looping', before);
      stream.stream.cancel();
      await assert.rejects(looping, { code: status.CANCELLED });
      await sidecar.logged('its process ended: the caller went away', before);
    });

    it('all that a stream has under way when its gRPC deadline passes', async () => {
      const stream = new GuardStream(sidecar.client.session({ deadline: Date.now() + 300 }));
      stream.answerBackend = () => new Promise(() => undefined);
      void stream.open('calls-backend');
      const answer = stream.labelResource('get');
      await stream.backendCall();
      await assert.rejects(answer, { code: status.DEADLINE_EXCEEDED });
    });
  });

  it('cancels all that a client has under way when its process is gone', async () => {
    await using own = await RunningSidecar.serving({ loops: { limits: endless } });
    const program = join(import.meta.dirname, '..', 'harness', 'lone-client.ts');
    const client = spawn(process.execPath, [program, own.address, 'loops'], { stdio: 'inherit' });
    await own.logged('looping');
    client.kill('SIGKILL');
    await own.logged('its process ended: the caller went away');
  });

  describe('ends a question with DEADLINE_EXCEEDED', () => {
    it('when its own time has passed, and the stream goes on', async () => {
      const stream = await sidecar.open('calls-backend');
      stream.answerBackend = () => new Promise(() => undefined);
      await assert.rejects(stream.labelResource('get', {}, { timeoutMs: 50 }), {
        code: status.DEADLINE_EXCEEDED,
        reason: 'DEADLINE_EXCEEDED',
        message: /50 ms/,
      });
      stream.answerBackend = () => json(secretLabels);
      await stream.labelResource('get');
      await stream.close();
    });

    it('when its time passes while it waits for open', async () => {
      const stream = sidecar.stream();
      stream.answerBackend = () => new Promise(() => undefined);
      void stream.open('asks-backend-for-policy');
      await assert.rejects(stream.labelResource('get', {}, { timeoutMs: 50 }), {
        reason: 'DEADLINE_EXCEEDED',
      });
      stream.stream.cancel();
    });

    it('which ends the stream when the question is open', async () => {
      const stream = sidecar.stream();
      stream.answerBackend = () => new Promise(() => undefined);
      await assert.rejects(stream.open('asks-backend-for-policy', {}, 50), {
        code: status.DEADLINE_EXCEEDED,
        reason: 'DEADLINE_EXCEEDED',
      });
    });
  });

  it('tells a guard that waits for the backend UNAVAILABLE when the client half-closes', async () => {
    const stream = await sidecar.open('reports-backend-error');
    stream.answerBackend = () => new Promise(() => undefined);
    const answer = stream.labelResource('get');
    await stream.backendCall();
    await stream.close();
    assert.equal(description(await answer), '-5');
    const line = sidecar.logLines.findLast(({ guard }) => guard === 'reports-backend-error');
    assert.deepEqual(JSON.parse(line?.message ?? ''), {
      code: -5,
      name: 'UNAVAILABLE',
      message: 'the gateway answers no more backend calls on this stream',
      retryable: true,
    });
  });

  it('tells a guard that asks the backend after the client half-closed UNAVAILABLE, too', async () => {
    const stream = sidecar.stream();
    void stream.open('reports-backend-error');
    const answer = stream.labelResource('get');
    await stream.close();
    assert.equal(description(await answer), '-5');
    assert.equal(stream.backendCalls.length, 0);
  });

  describe('whose client breaks gRPC itself', () => {
    const path = '/sluice.labeler.v1.LabelerService/Session';
    const decode = (bytes: Buffer) => SessionResponse.decode(bytes);

    it('by a message that does not decode ends alone', async () => {
      const neighbour = await sidecar.open('answers-public');
      const garbage = (_: SessionRequest) => Buffer.from([0x0a, 0xff, 0xff]);
      const stream = new GuardStream(sidecar.client.makeBidiStreamRequest(path, garbage, decode));
      stream.cancel(1);
      await assert.rejects(stream.ended, { code: status.INTERNAL });
      await neighbour.labelResource('get');
      await neighbour.close();
    });

    it('by a message above the limit ends alone', async () => {
      const neighbour = await sidecar.open('answers-public');
      const large = (_: SessionRequest) => Buffer.alloc(33 * 1024 * 1024);
      const stream = new GuardStream(sidecar.client.makeBidiStreamRequest(path, large, decode));
      stream.cancel(1);
      await assert.rejects(stream.ended, { code: status.RESOURCE_EXHAUSTED });
      await neighbour.labelResource('get');
      await neighbour.close();
    });
  });
});
