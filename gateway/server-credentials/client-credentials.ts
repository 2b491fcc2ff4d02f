import type { ClientCredentials } from '../config/gateway-config.ts';
import { type BearerToken, isBearerValue } from './bearer-token.ts';
import { noCredentials, requestToken } from './token-request.ts';

const issuer = 'the token URL';

/**
 * A token by OAuth’s client credentials grant (RFC 6749, 4.4), for the server that is named by `resource` (RFC 8707). The
 * client shows who it is by HTTP Basic.
 */
export async function fetchByClientCredentials(
  { tokenUrl, clientId, clientSecret, scopes, resource }: ClientCredentials,
  signal: AbortSignal,
): Promise<BearerToken> {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  if (resource !== undefined) form.set('resource', resource);
  const headers = {
    authorization: `Basic ${Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const request = { method: 'POST', url: tokenUrl, issuer, headers, body: form.toString() } as const;
  const askedAtMs = Date.now();
  const { access_token: value, token_type: type, expires_in: lifeS } = await requestToken(request, signal);
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    throw noCredentials(`${issuer} gave a token that is no bearer token`);
  if (!isBearerValue(value)) throw noCredentials(`${issuer} gave what is no token`);
  return { value, expiresAtMs: expiryOf(lifeS, askedAtMs) };
}

/** RFC 6749, 2.3.1: as in a form. */
function encoded(text: string): string {
  return new URLSearchParams({ a: text }).toString().slice('a='.length);
}

/** Some servers write the number of seconds as a text. */
function expiryOf(lifeS: unknown, askedAtMs: number): number | undefined {
  const seconds = typeof lifeS === 'string' || typeof lifeS === 'number' ? Number(lifeS) : Number.NaN;
  return seconds > 0 ? askedAtMs + seconds * 1000 : undefined;
}
