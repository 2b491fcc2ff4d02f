import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { RawRequest, RawResponse } from './raw-request.ts';

/** What a TLS client believes and shows. */
export type TlsIdentity = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'minVersion' | 'maxVersion' | 'ciphers'
>;

/** Sends a request over TLS to localhost, on a connection of its own. */
export async function tlsRequest(
  port: number,
  identity: TlsIdentity,
  { method = 'GET', path = '/reflect', headers = {}, body }: RawRequest = {},
): Promise<RawResponse> {
  const given = Object.entries({ ...mcpHeaders, ...headers }).filter(([, value]) => value !== undefined);
  const outgoing = httpsRequest({
    ...identity,
    ...{ host: '127.0.0.1', servername: 'localhost', port, method, path, agent: false },
    headers: Object.fromEntries(given),
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks = await incoming.toArray();
  outgoing.destroy();
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

const mcpHeaders = {
  host: 'localhost',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};
