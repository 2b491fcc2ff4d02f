import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from './config/address.ts';
import type { BearerKey } from './config/gateway-config.ts';
import { HttpError } from './http-error.ts';
import { isRunId } from './run-id.ts';

/** Whoever sends a request: its labels are those of the agent session of this principal and run. */
export interface Caller {
  readonly principal: string;
  /** From `Sluice-Run`; empty without it. */
  readonly run: string;
}

/** Who may talk to the gateway. */
export interface Door {
  /** The bearer keys; none where none is asked for, on loopback only. */
  readonly keys: readonly BearerKey[];
  /** Whether the gateway listens on loopback: then only names of loopback are its own. */
  readonly isLoopback: boolean;
}

/** Throws an HttpError for a request that is not for us or from nobody we know. */
export function identifyCaller(request: IncomingMessage, door: Door): Caller {
  expectOwnHost(request, door);
  expectOwnOrigin(request);
  return { principal: expectPrincipal(request, door), run: expectRun(request) };
}

/** A page of a stranger can make a browser send requests to loopback under a name of its own (DNS rebinding). */
export function expectOwnHost(request: IncomingMessage, door: Door): void {
  if (!door.isLoopback || isLoopback(hostname(request.headers.host ?? ''))) return;
  throw new HttpError(
    403,
    'forbidden_host',
    'this gateway answers to localhost, 127.0.0.1 and [::1] only; call it by one of them',
  );
}

function expectOwnOrigin(request: IncomingMessage): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  if (from !== undefined && (from.host === host || isLoopback(hostname(from.host)))) return;
  throw new HttpError(403, 'forbidden_origin', 'requests from web pages of other origins are refused');
}

function expectPrincipal(request: IncomingMessage, { keys }: Door): string {
  if (keys.length === 0) return 'anonymous';
  const given = digest((request.headers.authorization ?? '').replace(/^Bearer /i, ''));
  // All of them, always: the time must not tell which one was nearly right.
  const [matching] = keys.filter(({ key }) => timingSafeEqual(given, digest(key)));
  if (matching !== undefined) return matching.principal;
  const advice = 'send the header "Authorization: Bearer KEY" with the key of gateway.apiKey';
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

/** Of equal length for any text, as the comparison in constant time needs it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hostname(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}
