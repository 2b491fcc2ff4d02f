import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { GuardStream, json } from '../../../harness/guard-stream.ts';
import { RunningSidecar } from '../../../harness/running-sidecar.ts';

const secretLabels = { resource: { secrecy: ['s'] }, operation: 'read' };
const acceptedPolicy = { agent: {}, difc_mode: 'filter' };
/** Limits under which nothing but a cancel ends a guest. */
const endless = { deadlineMs: 600_000, cpuMs: 60_000 };

describe('a session stream', () => {
  let sidecar: RunningSidecar;

  before(async () => {
    sidecar = await RunningSidecar.serving({
      'calls-backend': {},
      'asks-backend-for-policy': { limits: { queueLength: 2_000 } },
      loops: { limits: endless },
    });
  });
  after(() => sidecar[Symbol.asyncDispose]());

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
    const program = join(import.meta.dirname, '..', '..', '..', 'harness', 'lone-client.ts');
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
});
