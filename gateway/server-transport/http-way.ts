import type { HttpConfig } from '../config/gateway-config.ts';
import { tokenOfServer } from '../server-credentials/token-of-server.ts';
import type { HttpAddress } from './http-exchange.ts';
import { Patience } from './patience.ts';

/** The way to a server over HTTP. All that is sent to the server, in either era, shares one: its token, and the wait for it. */
export interface HttpWay {
  readonly address: HttpAddress;
  readonly patience: Patience;
  /** How long the server may take to answer the first that it is asked. */
  readonly connectTimeoutMs: number;
}

/** The way to a configured server. */
export function httpWay({ url, headers, credentials }: HttpConfig, connectTimeoutMs: number): HttpWay {
  const bearer = credentials === undefined ? undefined : tokenOfServer(credentials);
  return { address: { url, headers, bearer }, patience: new Patience(connectTimeoutMs), connectTimeoutMs };
}
