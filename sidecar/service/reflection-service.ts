import { type ServiceDefinition, status } from '@grpc/grpc-js';
import {
  ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { faultOf } from '../fault-of.ts';
import { maxReflectionRequestBytes } from '../limits.ts';
import type { Log } from '../log.ts';
import { type DescribedFile, DescriptorIndex } from './descriptor-index.ts';

type Response = ServerReflectionResponse['messageResponse'];

/** What serving needs of a stream of requests and answers. */
export interface ReflectionStream {
  on(event: 'data', listener: (request: ServerReflectionRequest) => void): unknown;
  on(event: 'drain' | 'end' | 'error', listener: () => void): unknown;
  write(response: ServerReflectionResponse): boolean;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
}

/** Server reflection: tells clients which services a server has, and in which messages they speak. */
export class ReflectionService {
  readonly #serviceNames: readonly string[];
  readonly #descriptors: DescriptorIndex;
  readonly #log: Log;

  /** `services` are those that the server has, reflection included. Throws where one of them has no descriptor. */
  constructor(services: readonly ServiceDefinition[], log: Log, descriptors = DescriptorIndex.ofProtocol()) {
    this.#log = log;
    this.#serviceNames = services.map(serviceName).sort();
    this.#descriptors = descriptors;
    for (const name of this.#serviceNames) {
      if (descriptors.fileOfSymbol(name) === undefined) throw new Error(`${name} has no descriptor`);
    }
  }

  /** Answers each request of a stream in turn, until the client half-closes. A client that does not read is not read from. */
  serve(stream: ReflectionStream): void {
    stream.on('data', (request) => {
      if (!stream.write(this.answer(request))) stream.pause();
    });
    stream.on('drain', () => stream.resume());
    stream.on('end', () => stream.end());
    // The transport is gone.
    stream.on('error', () => undefined);
  }

  /** The answer to one request. It never throws: grpc-js would take the process down with it. */
  answer(request: ServerReflectionRequest): ServerReflectionResponse {
    if (ServerReflectionRequest.encode(request).finish().length > maxReflectionRequestBytes) {
      const sentence = `a request may have ${maxReflectionRequestBytes} bytes`;
      const messageResponse = failure(status.INVALID_ARGUMENT, sentence);
      return { validHost: '', originalRequest: undefined, messageResponse };
    }
    return {
      validHost: request.host,
      originalRequest: request,
      messageResponse: this.#tryLookUp(request.messageRequest),
    };
  }

  #tryLookUp(asked: ServerReflectionRequest['messageRequest']): Response {
    try {
      return this.#lookUp(asked);
    } catch (error) {
      this.#log.write('error', 'internal error', faultOf(error));
      return failure(status.INTERNAL, 'internal error');
    }
  }

  #lookUp(asked: ServerReflectionRequest['messageRequest']): Response {
    const descriptors = this.#descriptors;
    switch (asked?.$case) {
      case 'listServices':
        return listOf(this.#serviceNames);
      case 'fileByFilename':
        return found(descriptors.file(asked.value), `file ${asked.value}`);
      case 'fileContainingSymbol':
        return found(descriptors.fileOfSymbol(asked.value), `symbol ${asked.value}`);
      case 'fileContainingExtension': {
        const { containingType, extensionNumber } = asked.value;
        const file = descriptors.fileOfExtension(containingType, extensionNumber);
        return found(file, `extension ${extensionNumber} of ${containingType}`);
      }
      case 'allExtensionNumbersOfType':
        return numbersOf(asked.value, descriptors.extensionNumbers(asked.value));
      default:
        return failure(status.INVALID_ARGUMENT, 'the request asks for nothing that this server knows of');
    }
  }
}

function serviceName(service: ServiceDefinition): string {
  const [method] = Object.values(service);
  return method?.path.split('/')[1] ?? '';
}

function listOf(names: readonly string[]): Response {
  return { $case: 'listServicesResponse', value: { service: names.map((name) => ({ name })) } };
}

function found(file: DescribedFile | undefined, what: string): Response {
  if (file === undefined) return failure(status.NOT_FOUND, `no ${what} is known`);
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto: [...file] } };
}

/** A message without extensions has an empty list, as in gRPC's own servers (C++, Go). */
function numbersOf(baseTypeName: string, numbers: number[] | undefined): Response {
  if (numbers === undefined) return failure(status.NOT_FOUND, `no message ${baseTypeName} is known`);
  return { $case: 'allExtensionNumbersResponse', value: { baseTypeName, extensionNumber: numbers } };
}

function failure(errorCode: status, errorMessage: string): Response {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}
