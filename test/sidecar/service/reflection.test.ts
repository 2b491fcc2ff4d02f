import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { credentials, status } from '@grpc/grpc-js';
import { ServerReflectionClient } from '../../../proto/gen/grpc/reflection/v1/reflection.ts';
import { AdminServiceService } from '../../../proto/gen/sluice/admin/v1/admin.ts';
import { ReflectingServer } from '../../harness/reflecting-server.ts';

const { listGuards } = AdminServiceService;

describe('reflection', () => {
  it('of a service that has no descriptor fails the stream, and the server goes on', async () => {
    const unknown = { listGuards: { ...listGuards, path: '/sluice.unknown.v1.Unknown/ListGuards' } };
    using server = await ReflectingServer.serving(unknown, { listGuards: () => undefined });
    const client = new ServerReflectionClient(server.address, credentials.createInsecure());
    for (let asked = 0; asked < 2; asked++) {
      const stream = client.serverReflectionInfo();
      stream.end({ host: '', messageRequest: { $case: 'listServices', value: '' } });
      await assert.rejects(Array.fromAsync(stream), { code: status.INTERNAL, details: 'internal error' });
    }
    client.close();
  });
});
