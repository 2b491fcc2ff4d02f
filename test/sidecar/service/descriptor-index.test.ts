import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, createFileRegistry, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { type DescribedFile, DescriptorIndex } from '../../../sidecar/service/descriptor-index.ts';

type Files = NonNullable<MessageInitShape<typeof FileDescriptorSetSchema>['file']>;

/** The top imports the base by way of the left and of the right one; the left one extends it. */
const diamond: Files = [
  {
    name: 'base.proto',
    syntax: 'proto2',
    messageType: [{ name: 'Base', extensionRange: [{ start: 100, end: 200 }] }],
  },
  {
    name: 'left.proto',
    syntax: 'proto2',
    dependency: ['base.proto'],
    extension: [{ name: 'more', number: 123, extendee: '.Base', type: FieldDescriptorProto_Type.STRING }],
  },
  { name: 'right.proto', syntax: 'proto2', dependency: ['base.proto'], messageType: [{ name: 'Right' }] },
  { name: 'top.proto', syntax: 'proto2', dependency: ['left.proto', 'right.proto', 'base.proto'] },
];

function indexOf(file: Files): DescriptorIndex {
  return new DescriptorIndex(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file })));
}

function pathsOf(described: DescribedFile | undefined): string[] | undefined {
  return described?.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

describe('the descriptor index of the protocol', () => {
  const index = DescriptorIndex.ofProtocol();

  const symbols: Record<string, readonly [symbol: string, path: string]> = {
    'a service': ['sluice.labeler.v1.LabelerService', 'sluice/labeler/v1/labeler.proto'],
    'a method': ['sluice.admin.v1.AdminService.GetGuard', 'sluice/admin/v1/admin.proto'],
    'a message': ['google.rpc.ErrorInfo', 'google/rpc/error_details.proto'],
    'a field': ['sluice.labeler.v1.Ask.id', 'sluice/labeler/v1/labeler.proto'],
    'a oneof': ['sluice.labeler.v1.Ask.question', 'sluice/labeler/v1/labeler.proto'],
    'an enum': ['sluice.labeler.v1.Mode', 'sluice/labeler/v1/labeler.proto'],
    'an enum value': ['sluice.labeler.v1.MODE_STRICT', 'sluice/labeler/v1/labeler.proto'],
    'a nested message': ['sluice.admin.v1.GuardVersion.LimitsEntry', 'sluice/admin/v1/admin.proto'],
    'a field of a nested message': [
      'sluice.admin.v1.GuardVersion.LimitsEntry.key',
      'sluice/admin/v1/admin.proto',
    ],
    'a nested enum': ['grpc.health.v1.HealthCheckResponse.ServingStatus', 'grpc/health/v1/health.proto'],
    'a value of a nested enum': ['grpc.health.v1.HealthCheckResponse.SERVING', 'grpc/health/v1/health.proto'],
    'an imported message': ['google.protobuf.Timestamp', 'google/protobuf/timestamp.proto'],
  };
  for (const [what, [symbol, path]] of Object.entries(symbols)) {
    it(`finds the file of ${what}`, () => {
      assert.equal(pathsOf(index.fileOfSymbol(symbol))?.[0], path);
    });
  }

  const unknown = ['', 'sluice', 'sluice.labeler.v1', '.google.rpc.Status', 'google.rpc.status', '__proto__'];
  for (const symbol of [
    ...unknown,
    'sluice.labeler.v1.Mode.MODE_STRICT',
    'sluice/labeler/v1/labeler.proto',
  ]) {
    it(`finds no symbol ${JSON.stringify(symbol)}`, () => {
      assert.equal(index.fileOfSymbol(symbol), undefined);
    });
  }

  it('gives a file with what it imports', () => {
    const paths = ['google/rpc/status.proto', 'google/protobuf/any.proto'];
    assert.deepEqual(pathsOf(index.file('google/rpc/status.proto')), paths);
  });

  it('keeps the comments, which clients show', () => {
    const [bytes = new Uint8Array()] = index.file('sluice/admin/v1/admin.proto') ?? [];
    const comments = fromBinary(FileDescriptorProtoSchema, bytes).sourceCodeInfo?.location ?? [];
    assert.ok(
      comments.some(({ leadingComments }) => leadingComments.includes('Size of the module, in bytes.')),
    );
  });
});

describe('a descriptor index', () => {
  it('gives the file first, each one before those that it imports, and each once', () => {
    const paths = ['top.proto', 'right.proto', 'left.proto', 'base.proto'];
    assert.deepEqual(pathsOf(indexOf(diamond).file('top.proto')), paths);
  });

  it('gives files from which a registry can be made', () => {
    const described = indexOf(diamond).file('top.proto') ?? [];
    const file = described.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)).reverse();
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
    assert.equal(registry.getMessage('Right')?.file.proto.name, 'right.proto');
  });

  it('finds no file that it does not have', () => {
    assert.equal(indexOf(diamond).file('bottom.proto'), undefined);
  });

  it('finds the names of files without a package, and of extensions', () => {
    assert.equal(pathsOf(indexOf(diamond).fileOfSymbol('Right'))?.[0], 'right.proto');
    assert.equal(pathsOf(indexOf(diamond).fileOfSymbol('more'))?.[0], 'left.proto');
  });

  it('finds the file of an extension by what it extends and its number', () => {
    const index = indexOf(diamond);
    assert.deepEqual(pathsOf(index.fileOfExtension('Base', 123)), ['left.proto', 'base.proto']);
    assert.equal(index.fileOfExtension('Base', 124), undefined);
    assert.equal(index.fileOfExtension('Other', 123), undefined);
  });

  it('knows the numbers of all extensions of a message', () => {
    const index = indexOf(diamond);
    assert.deepEqual(index.extensionNumbers('Base'), [123]);
    assert.deepEqual(index.extensionNumbers('Right'), []);
    assert.equal(index.extensionNumbers('Other'), undefined);
  });

  it('is not made of a set that lacks an import', () => {
    assert.throws(() => indexOf(diamond.slice(1)), /base\.proto/);
  });
});
