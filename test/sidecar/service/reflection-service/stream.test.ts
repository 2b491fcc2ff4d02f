import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { credentials, status } from '@grpc/grpc-js';
import {
  ServerReflectionClient,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../../../proto/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflectionClient as ServerReflectionAlphaClient } from '../../../../proto/gen/grpc/reflection/v1alpha/reflection.ts';
import { AdminServiceService } from '../../../../proto/gen/sluice/admin/v1/admin.ts';
import { AdminService } from '../../../../sidecar/service/admin-service.ts';
import { ReflectionService } from '../../../../sidecar/service/reflection-service.ts';
import { knownGuards } from '../../../harness/known-guards.ts';
import { linesLog, ReflectingServer } from '../../../harness/reflecting-server.ts';

type Asked = ServerReflectionRequest['messageRequest'];

function request(messageRequest: Asked): ServerReflectionRequest {
  return { host: 'here', messageRequest };
}

const listServices = request({ $case: 'listServices', value: '' });

const versions = { v1: ServerReflectionClient, v1alpha: ServerReflectionAlphaClient };
for (const [version, ReflectionClient] of Object.entries(versions)) {
  describe(`grpc.reflection.${version}`, () => {
    let server: ReflectingServer;
    let client: InstanceType<typeof ServerReflectionClient>;
    before(async () => {
      const admin = new AdminService(knownGuards(), linesLog([]));
      server = await ReflectingServer.serving(AdminServiceService, admin.handlers);
      client = new ReflectionClient(server.address, credentials.createInsecure());
    });
    after(() => {
      client.close();
      server[Symbol.dispose]();
    });

    it('answers each request in turn, bad ones too, and ends when the client half-closes', async () => {
      const asked: Asked[] = [
        undefined,
        { $case: 'fileByFilename', value: 'nothing.proto' },
        { $case: 'listServices', value: '' },
        { $case: 'fileByFilename', value: 'google/rpc/status.proto' },
      ];
      const stream = client.serverReflectionInfo();
      for (const each of asked) stream.write(request(each));
      stream.end();
      const answers: ServerReflectionResponse[] = await Array.fromAsync(stream);
      assert.deepEqual(
        answers.map(({ messageResponse }) => messageResponse?.$case),
        ['errorResponse', 'errorResponse', 'listServicesResponse', 'fileDescriptorResponse'],
      );
      assert.deepEqual(
        answers.map(({ validHost, originalRequest }) => ({ validHost, originalRequest })),
        asked.map((each) => ({ validHost: 'here', originalRequest: request(each) })),
      );
    });

    it('waits for the next request as long as the stream is open', async () => {
      const stream = client.serverReflectionInfo();
      for (let asked = 0; asked < 2; asked++) {
        const answer = Promise.withResolvers<ServerReflectionResponse>();
        stream.once('data', answer.resolve);
        stream.write(listServices);
        assert.equal((await answer.promise).messageResponse?.$case, 'listServicesResponse');
      }
      const ended = Promise.withResolvers<number>();
      stream.once('status', ({ code }) => ended.resolve(code));
      stream.end();
      assert.equal(await ended.promise, status.OK);
    });

    it('outlives a client that goes away', async () => {
      const stream = client.serverReflectionInfo();
      stream.write(listServices);
      const ended = Promise.withResolvers<number>();
      stream.once('error', () => undefined).once('status', ({ code }) => ended.resolve(code));
      stream.cancel();
      assert.equal(await ended.promise, status.CANCELLED);
      const next = client.serverReflectionInfo();
      next.end(listServices);
      const answers: ServerReflectionResponse[] = await Array.fromAsync(next);
      assert.deepEqual(
        answers.map(({ messageResponse }) => messageResponse?.$case),
        ['listServicesResponse'],
      );
    });
  });
}

describe('a reflection stream', () => {
  it('reads no further from a client that does not read', async () => {
    const written: ServerReflectionResponse[] = [];
    let readOn = () => {};
    const stream = new Duplex({
      objectMode: true,
      highWaterMark: 1,
      read: () => undefined,
      write: (response: ServerReflectionResponse, _encoding, done) => {
        written.push(response);
        readOn = done;
      },
    });
    new ReflectionService([], linesLog([])).serve(stream);
    const paused = Promise.withResolvers<void>();
    stream.on('pause', paused.resolve);
    for (let sent = 0; sent < 3; sent++) stream.push(listServices);
    await paused.promise;
    assert.equal(written.length, 1);
    const resumed = Promise.withResolvers<void>();
    stream.on('resume', resumed.resolve);
    readOn();
    await resumed.promise;
    stream.destroy();
  });
});
