import { type Server, type ServiceDefinition, status } from '@grpc/grpc-js';
import { ServerReflectionService } from '../../proto/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflectionService as ServerReflectionAlphaService } from '../../proto/gen/grpc/reflection/v1alpha/reflection.ts';
import { faultOf } from '../fault-of.ts';
import type { Log } from '../log.ts';
import type { ReflectionService, ReflectionStream } from './reflection-service.ts';

/** A stream that can be ended with a status. */
type EndableStream = ReflectionStream & { emit(event: 'error', status: object): unknown };

/**
 * Adds reflection, in both versions, to a server with these services beside it. What it answers from is loaded when somebody
 * asks first: few ever do, and reading the descriptors was a tenth of the start of a sidecar.
 */
export function addReflection(server: Server, services: readonly ServiceDefinition[], log: Log): void {
  let loading: Promise<ReflectionService> | undefined;
  const serverReflectionInfo = async (stream: EndableStream) => {
    // Nothing is read from it until it is served, but its client may go away.
    stream.on('error', () => undefined);
    loading ??= load([...services, ...versions], log);
    try {
      (await loading).serve(stream);
    } catch (error) {
      // What kept it from loading may pass.
      loading = undefined;
      log.write('error', 'internal error', faultOf(error));
      stream.emit('error', { code: status.INTERNAL, details: 'internal error' });
    }
  };
  for (const version of versions) server.addService(version, { serverReflectionInfo });
}

/** The two differ in their names alone; many clients still ask for the older one. */
const versions = [ServerReflectionService, ServerReflectionAlphaService] as const;

async function load(services: readonly ServiceDefinition[], log: Log): Promise<ReflectionService> {
  const { ReflectionService } = await import('./reflection-service.ts');
  return new ReflectionService(services, log);
}
