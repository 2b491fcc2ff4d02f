import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import {
  ServerReflectionClient,
  type ServerReflectionResponse,
} from '../../../../proto/gen/grpc/reflection/v1/reflection.ts';
import { AdminServiceService } from '../../../../proto/gen/sluice/admin/v1/admin.ts';
import {
  type LabelerServiceServer,
  LabelerServiceService,
  Mode,
} from '../../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { AdminService } from '../../../../sidecar/service/admin-service.ts';
import { bufCurl, finishedCommand } from '../../../harness/finished-command.ts';
import { knownGuards } from '../../../harness/known-guards.ts';
import { linesLog, ReflectingServer } from '../../../harness/reflecting-server.ts';
import { RunningSidecar } from '../../../harness/running-sidecar.ts';

const served = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'sluice.admin.v1.AdminService',
];

describe('with reflection alone', async () => {
  let server: ReflectingServer;
  before(async () => {
    server = await adminServer();
  });
  after(() => server[Symbol.dispose]());

  for (const version of ['grpc-v1', 'grpc-v1alpha']) {
    it(`buf curl lists services and methods by ${version}`, async () => {
      const url = `http://${server.address}`;
      const services = await bufCurl(['--reflect-protocol', version, '--list-services', url]);
      assert.deepEqual(services.stdout.trim().split('\n'), served);
      const methods = await bufCurl(['--reflect-protocol', version, '--list-methods', url]);
      const own = methods.stdout.split('\n').filter((line) => line.startsWith('sluice.'));
      assert.deepEqual(own, adminMethods);
    });
  }

  it('buf curl calls over TCP', async () => {
    const url = `http://${server.address}/sluice.admin.v1.AdminService/GetGuard`;
    const { stdout, stderr } = await bufCurl(['-d', '{"name": "github"}', url]);
    assert.equal(stderr, '');
    assert.equal(JSON.parse(stdout).guard.version.loadedAt, '2026-11-22T10:00:00.250Z');
  });

  it('buf curl calls over a socket', async () => {
    const url = 'http://localhost/grpc.health.v1.Health/Check';
    const { stdout, stderr } = await bufCurl(['--unix-socket', server.socketPath, url]);
    assert.equal(stderr, '');
    assert.deepEqual(JSON.parse(stdout), { status: 'SERVING' });
  });

  it('buf curl holds a guard session', async () => {
    using labeler = await ReflectingServer.serving(LabelerServiceService, scriptedLabeler);
    const url = `http://${labeler.address}/sluice.labeler.v1.LabelerService/Session`;
    assert.deepEqual(documents(await bufCurl(['-d', '@-', url], session)), [
      { opened: { agent: {}, mode: 'MODE_FILTER', guardDigest: 'answers-public' } },
      { answer: { id: 1 } },
    ]);
  });

  it('proto-loader makes a client', async () => {
    const files = await fetchedFiles(server.address, 'sluice.admin.v1.AdminService');
    const set = create(FileDescriptorSetSchema, { file: files });
    const loaded = loadFileDescriptorSetFromBuffer(Buffer.from(toBinary(FileDescriptorSetSchema, set)));
    const definition = loaded['sluice.admin.v1.AdminService'];
    assert.ok(definition !== undefined && !('format' in definition));
    const { GetGuard: method } = definition;
    assert.ok(typeof method === 'object' && 'path' in method);
    const answer = Promise.withResolvers<unknown>();
    const client = new Client(server.address, credentials.createInsecure());
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      { name: 'github' },
      (error, response) => (error ? answer.reject(error) : answer.resolve(response)),
    );
    assert.match(JSON.stringify(await answer.promise), /"call_backend"/);
    client.close();
  });

  it('grpcurl lists, describes and calls', { skip: await whyNoGrpcurl() }, async () => {
    const list = await finishedCommand('grpcurl', ['-plaintext', server.address, 'list']);
    assert.deepEqual(list.stdout.trim().split('\n'), served);
    const symbol = 'sluice.admin.v1.GuardVersion';
    const described = await finishedCommand('grpcurl', ['-plaintext', server.address, 'describe', symbol]);
    assert.match(described.stdout, /Size of the module, in bytes\.\n\s*uint64 module_bytes = 2;/);
    const call = ['-plaintext', '-d', '{"name": "nobody"}', server.address];
    const refused = await finishedCommand('grpcurl', [...call, 'sluice.admin.v1.AdminService/GetGuard']);
    assert.match(refused.stderr, /"reason": "GUARD_NOT_FOUND"/);
  });
});

describe('by the reflection of a real sidecar', () => {
  it('buf curl lists what each listener serves, and administers', async () => {
    await using sidecar = await RunningSidecar.serving({ 'answers-public': {} }, { isAdministered: true });
    const socketOf = (address: string) => ['--unix-socket', address.replace('unix:', '')];
    const [labeler, admin] = [socketOf(sidecar.address), socketOf(sidecar.adminAddress)];
    const list = async (socket: string[]) =>
      (await bufCurl([...socket, '--list-services', 'http://localhost'])).stdout.trim().split('\n');
    assert.deepEqual(await list(admin), served);
    assert.deepEqual(
      await list(labeler),
      served.map((name) => name.replace('admin.v1.AdminService', 'labeler.v1.LabelerService')),
    );
    const url = 'http://localhost/sluice.admin.v1.AdminService/ListGuards';
    const { guards } = JSON.parse((await bufCurl([...admin, url])).stdout);
    assert.deepEqual(
      guards.map(({ name, state }: { name: string; state: string }) => [name, state]),
      [['answers-public', 'GUARD_STATE_SERVING']],
    );
  });

  it('buf curl holds a guard session', async () => {
    await using sidecar = await RunningSidecar.serving({ 'answers-public': {} });
    const socket = sidecar.address.replace('unix:', '');
    const url = 'http://localhost/sluice.labeler.v1.LabelerService/Session';
    const args = ['--unix-socket', socket, '-d', '@-', url];
    const [opened, answer, ...others] = documents(await bufCurl(args, session));
    assert.match(JSON.stringify(opened), /"mode":"MODE_FILTER","guardDigest":"[0-9a-f]{64}"/);
    assert.deepEqual(answer, { answer: { id: 1, resource: { resource: {}, operation: 'OPERATION_READ' } } });
    assert.deepEqual(others, []);
  });
});

function adminServer(): Promise<ReflectingServer> {
  const admin = new AdminService(knownGuards(), linesLog([]));
  return ReflectingServer.serving(AdminServiceService, admin.handlers);
}

const adminMethods = [
  'sluice.admin.v1.AdminService/GetGuard',
  'sluice.admin.v1.AdminService/ListGuards',
  'sluice.admin.v1.AdminService/LoadGuard',
  'sluice.admin.v1.AdminService/QuarantineGuard',
  'sluice.admin.v1.AdminService/ReleaseGuard',
  'sluice.admin.v1.AdminService/ReloadGuards',
];

/** One session as JSON: its policy is `{}`, its question what a call would touch. */
const session = `
  {"open": {"guard": "answers-public", "policy": "e30="}}
  {"ask": {"id": 1, "labelResource": {"toolName": "get_file"}}}
`;

/** A labeler of which only the protocol matters here; the real one is tested with the sidecar. */
const scriptedLabeler: LabelerServiceServer = {
  session: (call) => {
    call.on('data', ({ message }) => {
      if (message?.$case === 'open')
        call.write({ message: { $case: 'opened', value: opened(message.value.guard) } });
      else call.write({ message: { $case: 'answer', value: { id: 1, labels: undefined } } });
    });
    call.on('end', () => call.end());
  },
};

function opened(guardDigest: string) {
  const agent = { description: '', secrecy: [], integrity: [] };
  return { agent, mode: Mode.MODE_FILTER, guardDigest, normalizedPolicy: Buffer.alloc(0) };
}

/** The JSON documents that `buf curl` writes one after the other. */
function documents({ stdout, stderr }: { stdout: string; stderr: string }): unknown[] {
  assert.equal(stderr, '');
  return JSON.parse(`[${stdout.trim().replaceAll(/^}\s*{/gm, '},{')}]`);
}

async function fetchedFiles(address: string, value: string) {
  const client = new ServerReflectionClient(address, credentials.createInsecure());
  const stream = client.serverReflectionInfo();
  stream.end({ host: '', messageRequest: { $case: 'fileContainingSymbol', value } });
  const [answer]: ServerReflectionResponse[] = await Array.fromAsync(stream);
  client.close();
  assert.equal(answer?.messageResponse?.$case, 'fileDescriptorResponse');
  const files = answer.messageResponse.value.fileDescriptorProto;
  return files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

/** No client of its own is installed for the tests. */
async function whyNoGrpcurl(): Promise<string | false> {
  return finishedCommand('grpcurl', ['-version']).then(
    () => false,
    () => 'grpcurl is not on the PATH: what it makes of reflection is not tested',
  );
}
