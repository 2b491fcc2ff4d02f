/**
 * Stands in for the collector of the profile `observability` where its image cannot be had: takes OTLP over gRPC where the
 * collector's configuration says that it listens, and prints which service has sent what.
 */
import { Server, ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js';

/** A string of a protobuf message stands in it as it is. */
const serviceNames = ['sluice-gateway', 'sluice-sidecar'];
const asItIs = (bytes: Buffer) => bytes;

function exporting(signal: 'trace' | 'metrics') {
  const name = signal === 'trace' ? 'TraceService' : 'MetricsService';
  const path = `/opentelemetry.proto.collector.${signal}.v1.${name}/Export`;
  const definition = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  };
  const take: UntypedHandleCall = ({ request }: { request: Buffer }, done: (e: null, b: Buffer) => void) => {
    for (const service of serviceNames) if (request.includes(service)) console.log(`${signal} of ${service}`);
    done(null, Buffer.alloc(0));
  };
  return { definition, take };
}

const server = new Server();
for (const signal of ['trace', 'metrics'] as const) {
  const { definition, take } = exporting(signal);
  server.addService({ export: definition }, { export: take });
}
server.bindAsync('0.0.0.0:4317', ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
process.once('SIGTERM', () => process.exit(0));
