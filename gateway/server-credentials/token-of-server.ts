import type { ServerCredentials } from '../config/gateway-config.ts';
import type { BearerSource } from '../server-transport/bearer-source.ts';
import { CachedToken } from './cached-token.ts';
import { fetchByClientCredentials } from './client-credentials.ts';
import { fetchGithubOidc } from './github-oidc.ts';

/** Where the token of a server comes from; all of its connections share it. */
export function tokenOfServer(credentials: ServerCredentials): BearerSource {
  if (credentials.kind === 'github-oidc')
    return new CachedToken((signal) => fetchGithubOidc(credentials, signal));
  return new CachedToken((signal) => fetchByClientCredentials(credentials, signal));
}
