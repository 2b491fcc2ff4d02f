import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { type SessionRequest, SessionResponse } from '../../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { description, GuardStream, json } from '../../../harness/guard-stream.ts';
import { RunningSidecar } from '../../../harness/running-sidecar.ts';

const publicLabels = { resource: { description: '', secrecy: [], integrity: [] }, operation: 1 };
const secretLabels = { resource: { secrecy: ['s'] }, operation: 'read' };
const acceptedPolicy = { agent: {}, difc_mode: 'filter' };

describe('a session stream', () => {
  let sidecar: RunningSidecar;

  before(async () => {
    sidecar = await RunningSidecar.serving({
      'answers-public': {},
      'calls-backend': {},
      'calls-backend-twice': {},
      'reports-backend-error': {},
      'asks-backend-for-policy': { limits: { queueLength: 2_000 } },
    });
  });
  after(() => sidecar[Symbol.asyncDispose]());

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
      await assert.rejects(stream.ended, { code: status.INVALID_ARGUMENT, reason: 'INVALID_REQUEST' });
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
