import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from '../../../../proto/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflectionService as ServerReflectionAlphaService } from '../../../../proto/gen/grpc/reflection/v1alpha/reflection.ts';
import { AdminServiceService } from '../../../../proto/gen/sluice/admin/v1/admin.ts';
import { LabelerServiceService } from '../../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { DescriptorIndex } from '../../../../sidecar/service/descriptor-index.ts';
import { ReflectionService } from '../../../../sidecar/service/reflection-service.ts';
import { linesLog } from '../../../harness/reflecting-server.ts';

type Asked = ServerReflectionRequest['messageRequest'];
type Answered = ServerReflectionResponse['messageResponse'];

const services = [AdminServiceService, healthService, ServerReflectionService, ServerReflectionAlphaService];
const reflection = new ReflectionService(services, linesLog([]));
const descriptors = join(import.meta.dirname, '../../../../proto/gen/descriptors.binpb');
const served = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'sluice.admin.v1.AdminService',
];

function request(messageRequest: Asked): ServerReflectionRequest {
  return { host: 'here', messageRequest };
}

function answerTo(messageRequest: Asked): Answered {
  return reflection.answer(request(messageRequest)).messageResponse;
}

function failure(errorCode: number, errorMessage: string): Answered {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}

/** The paths of the files in an answer. */
function paths(answered: Answered): string[] {
  assert.equal(answered?.$case, 'fileDescriptorResponse');
  return answered.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

describe('reflection', () => {
  it('lists the services that are served, itself in both versions included, and no others', () => {
    const value = { service: served.map((name) => ({ name })) };
    assert.deepEqual(answerTo({ $case: 'listServices', value: '*' }), {
      $case: 'listServicesResponse',
      value,
    });
  });

  it('gives a file by its name, with what it imports', () => {
    assert.deepEqual(paths(answerTo({ $case: 'fileByFilename', value: 'sluice/admin/v1/admin.proto' })), [
      'sluice/admin/v1/admin.proto',
      'google/protobuf/timestamp.proto',
    ]);
  });

  it('gives the file of a symbol, with what it imports', () => {
    const value = 'sluice.admin.v1.AdminService.GetGuard';
    assert.deepEqual(paths(answerTo({ $case: 'fileContainingSymbol', value })), [
      'sluice/admin/v1/admin.proto',
      'google/protobuf/timestamp.proto',
    ]);
  });

  it('describes every method of every service', () => {
    for (const service of [LabelerServiceService, AdminServiceService, healthService]) {
      for (const { path } of Object.values<{ path: string }>(service)) {
        const value = path.slice(1).replace('/', '.');
        assert.equal(
          answerTo({ $case: 'fileContainingSymbol', value })?.$case,
          'fileDescriptorResponse',
          value,
        );
      }
    }
  });

  it('knows that a message has no extensions', () => {
    const value = { baseTypeName: 'google.rpc.Status', extensionNumber: [] };
    assert.deepEqual(answerTo({ $case: 'allExtensionNumbersOfType', value: 'google.rpc.Status' }), {
      $case: 'allExtensionNumbersResponse',
      value,
    });
  });

  const refused: Record<string, readonly [asked: Asked, answered: Answered]> = {
    'a file that is not there': [
      { $case: 'fileByFilename', value: 'nothing.proto' },
      failure(status.NOT_FOUND, 'no file nothing.proto is known'),
    ],
    'a symbol that is not there': [
      { $case: 'fileContainingSymbol', value: 'sluice.Nothing' },
      failure(status.NOT_FOUND, 'no symbol sluice.Nothing is known'),
    ],
    'an extension that is not there': [
      {
        $case: 'fileContainingExtension',
        value: { containingType: 'google.rpc.Status', extensionNumber: 7 },
      },
      failure(status.NOT_FOUND, 'no extension 7 of google.rpc.Status is known'),
    ],
    'the extensions of a message that is not there': [
      { $case: 'allExtensionNumbersOfType', value: 'sluice.Nothing' },
      failure(status.NOT_FOUND, 'no message sluice.Nothing is known'),
    ],
    nothing: [
      undefined,
      failure(status.INVALID_ARGUMENT, 'the request asks for nothing that this server knows of'),
    ],
  };
  for (const [what, [asked, answered]] of Object.entries(refused)) {
    it(`answers a request for ${what} with an error`, () => assert.deepEqual(answerTo(asked), answered));
  }

  it('does not send back what is too long', () => {
    assert.deepEqual(reflection.answer(request({ $case: 'fileContainingSymbol', value: 'x'.repeat(5000) })), {
      validHost: '',
      originalRequest: undefined,
      messageResponse: failure(status.INVALID_ARGUMENT, 'a request may have 4096 bytes'),
    });
  });

  it('tells nobody the words of a fault of its own, which may be a payload', async () => {
    class BrokenIndex extends DescriptorIndex {
      override file(): never {
        throw new Error('a secret');
      }
    }
    const lines: string[] = [];
    const broken = new ReflectionService([], linesLog(lines), new BrokenIndex(await readFile(descriptors)));
    const { messageResponse } = broken.answer(request({ $case: 'fileByFilename', value: 'any' }));
    assert.deepEqual(messageResponse, failure(status.INTERNAL, 'internal error'));
    assert.match(lines.join(''), /internal error/);
    assert.doesNotMatch(lines.join(''), /a secret/);
  });

  it('is not made for a service without a descriptor', () => {
    const definition = { do: { ...AdminServiceService.getGuard, path: '/sluice.Nothing/Do' } };
    assert.throws(
      () => new ReflectionService([definition], linesLog([])),
      /sluice\.Nothing has no descriptor/,
    );
  });
});
