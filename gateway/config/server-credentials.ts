import { isConfidential } from '../server-credentials/token-request.ts';
import { secretFileAt } from './file-values.ts';
import type { ClientCredentials, GithubOidc, ServerCredentials } from './gateway-config.ts';
import { refuseUnknownKeys, report, type Section, sectionAt, valueAt } from './section.ts';
import { requiredTextAt, textAt, textsAt, wordAt } from './section-values.ts';

/** Ways to a token that others have, which are known so that they can be refused by their names. */
const notOffered = [
  'authorization-code',
  'device-code',
  'password',
  'token-exchange',
  'jwt-bearer',
  'basic',
  'mtls',
];

/** Reads `auth` of a server over HTTP. `url` is the server's, as it is written. */
export function readCredentials(server: Section, url: string): ServerCredentials | undefined {
  const auth = sectionAt(server, 'auth');
  if (auth === undefined) return undefined;
  const type = valueAt(auth, 'type');
  if (type === undefined) {
    report(auth, 'type', 'is missing: write "client-credentials" or "github-oidc"');
  } else if (typeof type === 'string' && notOffered.includes(type)) {
    report(auth, 'type', `${type} is not offered: use client-credentials or github-oidc, or send a header`);
  } else {
    const kind = wordAt(auth, 'type', ['client-credentials', 'github-oidc']);
    if (kind === 'client-credentials') return readClientCredentials(auth);
    if (kind === 'github-oidc') return readGithubOidc(auth, url);
  }
  return undefined;
}

function readClientCredentials(auth: Section): ClientCredentials {
  const secretKeys = ['clientSecret', 'clientSecretFile'];
  refuseUnknownKeys(auth, ['type', 'tokenUrl', 'clientId', ...secretKeys, 'scopes', 'resource']);
  return {
    kind: 'client-credentials',
    tokenUrl: readTokenUrl(auth),
    clientId: requiredTextAt(auth, 'clientId', 'write the name of the client') ?? '',
    clientSecret: readSecret(auth),
    scopes: readScopes(auth),
    resource: readResource(auth),
  };
}

function readTokenUrl(auth: Section): string {
  const text = requiredTextAt(auth, 'tokenUrl', 'write the https address where tokens are asked for');
  const url = text === undefined ? null : URL.parse(text);
  if (text !== undefined && (url === null || !isConfidential(url)))
    report(auth, 'tokenUrl', 'must be an https address, or one on this machine: it is sent a secret');
  else if (url !== null && (url.username !== '' || url.password !== ''))
    report(auth, 'tokenUrl', 'must not hold a user or a password: write clientId and clientSecret');
  return url?.href ?? '';
}

function readSecret(auth: Section): string {
  const isText = valueAt(auth, 'clientSecret') !== undefined;
  const isFile = valueAt(auth, 'clientSecretFile') !== undefined;
  if (isText && isFile) report(auth, 'clientSecretFile', 'stands beside clientSecret: remove one');
  if (!isText && !isFile)
    report(auth, 'clientSecret', 'is missing: write a variable of the environment, or clientSecretFile');
  const secret = isText
    ? textAt(auth, 'clientSecret')
    : isFile
      ? secretLineAt(auth, 'clientSecretFile')
      : undefined;
  return secret ?? '';
}

/** A secret from the file that a key names, without the end of its last line. */
export function secretLineAt(section: Section, key: string): string | undefined {
  const text = secretFileAt(section, key)?.replace(/\r?\n$/, '');
  if (text === '' || text?.includes('\0')) report(section, key, 'the file holds no text');
  return text;
}

function readScopes(auth: Section): readonly string[] {
  const scopes = textsAt(auth, 'scopes') ?? [];
  // RFC 6749, 3.3.
  if (!scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)))
    report(auth, 'scopes', 'must be a list of scopes, each without spaces');
  return scopes;
}

/** RFC 8707, 2: absolute, and without a fragment. */
function readResource(auth: Section): string | undefined {
  const resource = textAt(auth, 'resource');
  if (resource !== undefined && (URL.parse(resource) === null || resource.includes('#')))
    report(auth, 'resource', 'must be an absolute address without a fragment');
  return resource;
}

function readGithubOidc(auth: Section, url: string): GithubOidc {
  refuseUnknownKeys(auth, ['type', 'audience']);
  const { ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken = '' } =
    auth.reading.env;
  if (requestUrl === '' || requestToken === '') {
    const names = 'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN';
    report(auth, 'type', `github-oidc needs ${names}: give the job the permission id-token: write`);
  }
  return { kind: 'github-oidc', audience: textAt(auth, 'audience') ?? url, requestUrl, requestToken };
}
