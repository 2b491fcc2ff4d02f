import { type Client, status } from '@grpc/grpc-js';
import {
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../proto/gen/grpc/health/v1/health.ts';

/** What a sidecar said of itself: `refuses` is a word of its own, `silent` none at all. */
export type SidecarAnswer =
  | { readonly kind: 'serves' }
  | { readonly kind: 'refuses' | 'silent'; readonly why: string };

/** How long an answer may take, in milliseconds: one that is merely busy has taken tens. */
export const healthTimeoutMs = 1_000;

/** The overall health of a server, from grpc.health.v1: its request without a service is an empty message. */
const healthMethod = '/grpc.health.v1.Health/Check';

/** Asks a sidecar whether it takes sessions. One without the health service does, as far as anybody can tell. */
export function askHealth(client: Client): Promise<SidecarAnswer> {
  const { promise, resolve } = Promise.withResolvers<SidecarAnswer>();
  const toEmpty = () => Buffer.alloc(0);
  const deadline = Date.now() + healthTimeoutMs;
  client.makeUnaryRequest(
    healthMethod,
    toEmpty,
    (bytes: Buffer) => HealthCheckResponse.decode(bytes),
    undefined,
    { deadline },
    (error, response) => {
      if (error !== null && error.code !== status.UNIMPLEMENTED)
        return resolve({ kind: 'silent', why: whyNot(error.code, error.details) });
      const isServing = response === undefined || response.status === ServingStatus.SERVING;
      return resolve(isServing ? { kind: 'serves' } : { kind: 'refuses', why: 'it is shutting down' });
    },
  );
  return promise;
}

/** The cause among the words of grpc-js. */
function whyNot(code: status, details: string): string {
  if (code === status.DEADLINE_EXCEEDED) return `it has not answered for ${healthTimeoutMs} ms`;
  const cause = /Last error: (?:Error: )?(.*?)\.? Resolution note/s.exec(details)?.[1] ?? details;
  const known = causes.find(([pattern]) => pattern.test(cause));
  return known?.[1] ?? cause.replace(/ \([\dT:.-]+Z\)$/, '');
}

/** What OpenSSL and Node call the reasons why a connection is not made. */
const causes: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [
    /unable to (verify|get)|self[- ]signed|signature failure/,
    'its certificate is not of the authority in gateway.sidecar.tls.ca',
  ],
  [/has expired/, 'its certificate has expired: issue a new one'],
  [/not yet valid/, 'its certificate is not valid yet: look at the clocks of both machines'],
  [/unsuitable certificate purpose/, 'its certificate is not for servers (extended key usage serverAuth)'],
  [
    /does not match certificate/,
    'its certificate is for another name: write that name as gateway.sidecar.tls.serverName, or issue one for the address',
  ],
  [/Failed to load credentials/, 'the files of gateway.sidecar.tls cannot be used as they are now'],
  [/ECONNREFUSED|ENOENT/, 'nobody listens there'],
  [
    /ECONNRESET|EPIPE|Failed to connect|disconnected/,
    'the connection broke before it was open: the log of the sidecar says why',
  ],
];
