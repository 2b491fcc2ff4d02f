/**
 * Asks a sidecar on this machine whether it serves: `node sidecar/health.ts unix:/path [GUARD]`; exit code 0 where it does.
 * Containers and probes run it every few seconds, so it speaks the one message of `grpc.health.v1` itself: loading a gRPC
 * library would cost several times as much.
 */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';

/** A sidecar that needs longer is ill, in milliseconds. */
const patienceMs = 2_000;

/** A gRPC message: no compression, its length, and a `HealthCheckRequest` with the name in field 1. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]);
}

/** A `HealthCheckResponse` whose status is SERVING. */
const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]);

/** True where the server says that it serves. Rejects where it does not answer. */
async function serves(path: string, service: string): Promise<boolean> {
  const session = connect('http://localhost', { createConnection: () => createConnection({ path }) });
  const failed = once(session, 'close').then(() => Promise.reject(new Error('the connection was closed')));
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end(healthRequest(service));
  const answer = Array.fromAsync(stream, (chunk: Buffer) => chunk);
  const chunks = await Promise.race([answer, failed]);
  return Buffer.concat(chunks).equals(serving);
}

const usage = `usage: node sidecar/health${import.meta.filename.slice(-3)} unix:/path/to/socket [GUARD]`;
const [address = '', service = ''] = process.argv.slice(2);
// A longer name would need a longer length; guards' names have 64 letters at most.
const isUsable = address.startsWith('unix:/') && Buffer.byteLength(service) <= 64;
if (!isUsable) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
setTimeout(() => process.exit(1), patienceMs);
process.exit(
  await serves(address.slice('unix:'.length), service).then(
    (answer) => (answer ? 0 : 1),
    () => 1,
  ),
);
