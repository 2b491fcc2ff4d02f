import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescFile,
  type FileRegistry,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

/** A proto file and whatever it imports, as serialized FileDescriptorProtos: the file itself comes first. */
export type DescribedFile = readonly Uint8Array[];

/** Finds proto files by what is in them, in a set of descriptors that has every import. */
export class DescriptorIndex {
  readonly #registry: FileRegistry;
  readonly #fileOfSymbol = new Map<string, DescFile>();
  readonly #bytes = new Map<DescFile, Uint8Array>();

  /** `descriptors` is a serialized google.protobuf.FileDescriptorSet. Throws where an import is missing in it. */
  constructor(descriptors: Uint8Array) {
    this.#registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
    for (const file of this.#registry.files) {
      this.#bytes.set(file, toBinary(FileDescriptorProtoSchema, file.proto));
      for (const symbol of symbolsOf(file)) this.#fileOfSymbol.set(symbol, file);
    }
  }

  /** The descriptors of Sluice's own protocol, and of all that its servers speak beside it. */
  static ofProtocol(): DescriptorIndex {
    return new DescriptorIndex(readFileSync(new URL('../../proto/gen/descriptors.binpb', import.meta.url)));
  }

  /** By its path from the root of the protocol, such as `google/rpc/status.proto`. */
  file(path: string): DescribedFile | undefined {
    return this.#describe(this.#registry.getFile(path));
  }

  /** The file that declares a service, method, message, field, oneof, enum, enum value or extension. */
  fileOfSymbol(name: string): DescribedFile | undefined {
    return this.#describe(this.#fileOfSymbol.get(name));
  }

  /** The file that extends a message with a field of this number. */
  fileOfExtension(message: string, number: number): DescribedFile | undefined {
    const extended = this.#registry.getMessage(message);
    return extended && this.#describe(this.#registry.getExtensionFor(extended, number)?.file);
  }

  /** The numbers of all extensions of a message; undefined where there is no such message. */
  extensionNumbers(message: string): number[] | undefined {
    if (this.#registry.getMessage(message) === undefined) return undefined;
    return [...this.#registry].flatMap((desc) =>
      desc.kind === 'extension' && desc.extendee.typeName === message ? [desc.number] : [],
    );
  }

  /** Each file comes before those that it imports: clients take the first one for the answer (protoreflect does). */
  #describe(file: DescFile | undefined): DescribedFile | undefined {
    if (file === undefined) return undefined;
    return [...importsFirst(file)].reverse().flatMap((each) => this.#bytes.get(each) ?? []);
  }
}

function importsFirst(file: DescFile, visited = new Set<DescFile>()): Set<DescFile> {
  for (const imported of file.dependencies) if (!visited.has(imported)) importsFirst(imported, visited);
  return visited.add(file);
}

/** The full name of everything that a file declares. */
function symbolsOf({ proto }: DescFile): string[] {
  const scope = proto.package === '' ? '' : `${proto.package}.`;
  return [
    ...proto.service.flatMap(({ name, method }) => [
      scope + name,
      ...method.map((each) => `${scope}${name}.${each.name}`),
    ]),
    ...proto.messageType.flatMap((message) => symbolsOfMessage(message, scope)),
    ...proto.enumType.flatMap((each) => symbolsOfEnum(each, scope)),
    ...proto.extension.map(({ name }) => scope + name),
  ];
}

function symbolsOfMessage(message: DescriptorProto, scope: string): string[] {
  const inside = `${scope}${message.name}.`;
  return [
    scope + message.name,
    ...[...message.field, ...message.oneofDecl, ...message.extension].map(({ name }) => inside + name),
    ...message.nestedType.flatMap((nested) => symbolsOfMessage(nested, inside)),
    ...message.enumType.flatMap((nested) => symbolsOfEnum(nested, inside)),
  ];
}

/** The values of an enum are named beside it, not within it: so protobuf has it, after C++. */
function symbolsOfEnum({ name, value }: EnumDescriptorProto, scope: string): string[] {
  return [scope + name, ...value.map((each) => scope + each.name)];
}
