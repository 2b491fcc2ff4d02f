import type { GithubOidc } from '../config/gateway-config.ts';
import { type BearerToken, isBearerValue } from './bearer-token.ts';
import { noCredentials, requestToken } from './token-request.ts';

const issuer = 'ACTIONS_ID_TOKEN_REQUEST_URL';

/** The identity token of the GitHub Actions job that the gateway runs in, for an audience. */
export async function fetchGithubOidc(
  { audience, requestUrl, requestToken: secret }: GithubOidc,
  signal: AbortSignal,
): Promise<BearerToken> {
  const url = URL.parse(requestUrl);
  if (url === null || secret === '')
    throw noCredentials(
      'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set: give the job the permission id-token: write',
    );
  url.searchParams.set('audience', audience);
  const headers = { authorization: `Bearer ${secret}` };
  const { value } = await requestToken({ method: 'GET', url: url.href, issuer, headers }, signal);
  if (!isBearerValue(value)) throw noCredentials(`${issuer} gave what is no token`);
  return { value, expiresAtMs: expiryOf(value) };
}

/** The `exp` of a JSON Web Token. Whether it is true is for the server to judge. */
function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const isExpiring = typeof claims === 'object' && claims !== null && 'exp' in claims;
    return isExpiring && typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
