import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BearerKey } from '../config/gateway-config.ts';
import { certificatePrincipal } from './client-certificate.ts';
import { HttpError } from './http-error.ts';
import { expectOwnHost, expectOwnOrigin, type OwnNames } from './own-host.ts';
import { isRunId } from './run-id.ts';

/** Whoever sends a request: its labels are those of the agent session of this principal and run. */
export interface Caller {
  readonly principal: string;
  /** From `Sluice-Run`; empty without it. */
  readonly run: string;
}

/** Who may talk to the gateway. */
export interface Door extends OwnNames {
  /** The bearer keys; none where none is asked for. */
  readonly keys: readonly BearerKey[];
  /** Whether every connection has shown a certificate that the gateway believes. */
  readonly hasCertificates: boolean;
  /** The principals that see and end what others do. */
  readonly operators: readonly string[];
  /** The principals besides them that read metrics. */
  readonly scrapers?: readonly string[];
}

/** Throws an HttpError for a request that is not for us or from nobody we know. */
export function identifyCaller(request: IncomingMessage, door: Door): Caller {
  expectOwnRequest(request, door);
  return { principal: expectPrincipal(request, door), run: expectRun(request) };
}

/**
 * The same for a page that a person looks at, whose browser can log in with a key as the password, under any name. Only
 * where a request changes nothing: a browser sends what it logged in with along with requests of other pages, too.
 */
export function identifyViewer(request: IncomingMessage, door: Door): Caller {
  expectOwnRequest(request, door);
  const password = passwordOf(request.headers.authorization);
  if (door.keys.length === 0) return { principal: expectPrincipal(request, door), run: '' };
  const principal = keyHolder(password ?? bearerOf(request), door.keys);
  if (principal !== undefined) return { principal, run: '' };
  const advice = 'log in with the key of an operator as the password; the name does not matter';
  const challenge = 'Basic realm="Sluice status", charset="UTF-8"';
  throw new HttpError(401, 'unauthorized', advice, { 'www-authenticate': challenge });
}

/** Throws an HttpError for a request that nobody may send: sent to another, by a page of another, or ambiguous. */
export function expectOwnRequest(request: IncomingMessage, door: Door): void {
  expectSingleHeaders(request);
  expectOwnHost(request, door);
  expectOwnOrigin(request);
}

/** Of those that come twice Node takes the first or both, and whatever stands before the gateway may take the last. */
const singleHeaders = new Set(['host', 'origin', 'authorization', 'sluice-run']);

function expectSingleHeaders({ rawHeaders }: IncomingMessage): void {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    if (!singleHeaders.has(name)) continue;
    if (seen.has(name)) throw new HttpError(400, 'repeated_header', `send the header ${name} only once`);
    seen.add(name);
  }
}

function expectPrincipal(request: IncomingMessage, { keys, hasCertificates }: Door): string {
  if (keys.length > 0) return expectKey(request, keys);
  return hasCertificates ? certificatePrincipal(request.socket) : 'anonymous';
}

/** The password of HTTP Basic authentication (RFC 7617); undefined for what is none. */
function passwordOf(authorization = ''): string | undefined {
  const [, credentials] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (credentials === undefined) return undefined;
  return /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString('utf8'))?.[1];
}

function bearerOf({ headers }: IncomingMessage): string {
  return (headers.authorization ?? '').replace(/^Bearer /i, '');
}

/** Whose key it is. */
function keyHolder(key: string, keys: readonly BearerKey[]): string | undefined {
  const given = digest(key);
  // All of them, always: the time must not tell which one was nearly right.
  const [matching] = keys.filter((each) => timingSafeEqual(given, digestOf(each)));
  return matching?.principal;
}

function expectKey(request: IncomingMessage, keys: readonly BearerKey[]): string {
  const principal = keyHolder(bearerOf(request), keys);
  if (principal !== undefined) return principal;
  const advice = 'send the header "Authorization: Bearer KEY" with a key that the gateway is configured with';
  throw new HttpError(401, 'unauthorized', advice, { 'www-authenticate': 'Bearer' });
}

function expectRun(request: IncomingMessage): string {
  const run = request.headers['sluice-run'] ?? '';
  if (typeof run === 'string' && isRunId(run)) return run;
  throw new HttpError(
    400,
    'bad_run',
    'Sluice-Run must be one word of at most 128 printable ASCII characters',
  );
}

const digests = new WeakMap<BearerKey, Buffer>();

function digestOf(key: BearerKey): Buffer {
  const known = digests.get(key) ?? digest(key.key);
  digests.set(key, known);
  return known;
}

/** Of equal length for any text, as the comparison in constant time needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
