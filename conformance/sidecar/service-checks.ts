import { type ServiceError, status } from '@grpc/grpc-js';
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../proto/gen/grpc/health/v1/health.ts';
import {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionService,
} from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { expectEqual, expectThat, Mismatch, NotOffered } from '../check.ts';
import type { SidecarCheck, SidecarUnderTest } from './sidecar-under-test.ts';

const labelerService = 'sluice.labeler.v1.LabelerService';

function failure({ code, details }: ServiceError, service: string): Error {
  if (code === status.UNIMPLEMENTED) return new NotOffered(`it does not serve ${service}`);
  return new Mismatch(`${service} answered ${status[code]} (${details})`);
}

function health(sidecar: SidecarUnderTest, service: string): Promise<HealthCheckResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HealthCheckResponse>();
  sidecar.client.makeUnaryRequest(
    HealthService.check.path,
    (request: HealthCheckRequest) => Buffer.from(HealthCheckRequest.encode(request).finish()),
    (bytes: Buffer) => HealthCheckResponse.decode(bytes),
    { service },
    (error, answer) => {
      if (error?.code === status.NOT_FOUND) resolve({ status: ServingStatus.SERVICE_UNKNOWN });
      else if (answer === undefined)
        reject(error === null ? new Mismatch('no answer') : failure(error, 'grpc.health.v1'));
      else resolve(answer);
    },
  );
  return promise;
}

function reflect(
  sidecar: SidecarUnderTest,
  messageRequest: NonNullable<ServerReflectionRequest['messageRequest']>,
): Promise<NonNullable<ServerReflectionResponse['messageResponse']>> {
  const { promise, resolve, reject } =
    Promise.withResolvers<NonNullable<ServerReflectionResponse['messageResponse']>>();
  const stream = sidecar.client.makeBidiStreamRequest(
    ServerReflectionService.serverReflectionInfo.path,
    (request: ServerReflectionRequest) => Buffer.from(ServerReflectionRequest.encode(request).finish()),
    (bytes: Buffer) => ServerReflectionResponse.decode(bytes),
  );
  stream.on('error', (error: ServiceError) => reject(failure(error, 'grpc.reflection.v1')));
  stream.on('end', () => reject(new Mismatch('reflection ended without an answer')));
  stream.on('data', ({ messageResponse }: ServerReflectionResponse) => {
    if (messageResponse !== undefined) resolve(messageResponse);
  });
  stream.end({ host: '', messageRequest });
  return promise;
}

function serving(
  id: string,
  asks: string,
  expected: ServingStatus,
  name: (guard: string) => string,
): SidecarCheck {
  const run: SidecarCheck['run'] = async (sidecar) =>
    expectEqual('the status', (await health(sidecar, name(sidecar.access.guard))).status, expected);
  return { id, asks, run };
}

/** What is served beside the labeling. */
export const serviceChecks: readonly SidecarCheck[] = [
  serving('health.whole', 'The health of the whole, "", is SERVING.', ServingStatus.SERVING, () => ''),
  serving(
    'health.guard',
    'The health of a guard that can be asked is SERVING.',
    ServingStatus.SERVING,
    (guard) => guard,
  ),
  serving(
    'health.unknown',
    'The health of a name that is no guard’s is NOT_FOUND.',
    ServingStatus.SERVICE_UNKNOWN,
    () => 'conformance-nobody',
  ),
  {
    id: 'reflection.services',
    asks: 'Server reflection lists the labeling service.',
    run: async (sidecar) => {
      const answer = await reflect(sidecar, { $case: 'listServices', value: '*' });
      expectThat(answer.$case === 'listServicesResponse', `reflection answered ${answer.$case}`);
      const names = answer.value.service.map(({ name }) => name);
      expectThat(names.includes(labelerService), `reflection lists ${names.join(', ')}`);
    },
  },
  {
    id: 'reflection.file',
    asks: 'Server reflection has the file that declares the labeling service.',
    run: async (sidecar) => {
      const answer = await reflect(sidecar, { $case: 'fileContainingSymbol', value: labelerService });
      expectThat(answer.$case === 'fileDescriptorResponse', `reflection answered ${answer.$case}`);
      expectThat(answer.value.fileDescriptorProto.length > 0, 'reflection answered with no file');
    },
  },
];
