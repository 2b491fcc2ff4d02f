// A page of a stranger can make a browser send requests to any address, under a name of its own (DNS rebinding). So the
// name that a request was sent to, and the page that it comes from, must be our own.

import type { IncomingMessage } from 'node:http';
import { canonicalHost, isLoopback } from '../config/address.ts';
import { HttpError } from './http-error.ts';

/** The names that a gateway is called by. */
export interface OwnNames {
  /** Whether it listens on loopback: then only names of loopback are its own, and those of `hosts`. */
  readonly isLoopback: boolean;
  /** Further names, lower-case; beyond loopback none means any. */
  readonly hosts: readonly string[];
}

/** Throws 403 for a request that was sent to another name than the gateway's own. */
export function expectOwnHost({ headers }: IncomingMessage, names: OwnNames): void {
  const isAny = !names.isLoopback && names.hosts.length === 0;
  if (isAny || isOwn(hostOf(headers.host ?? ''), names)) return;
  const own = ['localhost', '127.0.0.1', '[::1]', ...names.hosts].join(', ');
  throw new HttpError(403, 'forbidden_host', `this gateway answers to ${own} only: call it by one of them`);
}

/** Throws 403 for a request of a web page that is neither this machine's nor the gateway's own. */
export function expectOwnOrigin({ headers: { origin, host = '' } }: IncomingMessage): void {
  if (origin === undefined) return;
  const page = /^https?:\/\//i.test(origin) ? URL.parse(origin) : null;
  const isOwnPage = page !== null && page.host === URL.parse(`${page.protocol}//${host}`)?.host;
  if (isOwnPage || (page !== null && isLoopback(hostOf(page.host)))) return;
  throw new HttpError(403, 'forbidden_origin', 'requests from web pages of other origins are refused');
}

function isOwn(host: string, { hosts }: OwnNames): boolean {
  return isLoopback(host) || hosts.includes(host);
}

/** The host of `host:port` in its canonical form; empty for what is none. */
function hostOf(authority: string): string {
  const [, host = ''] = /^(\[[^\]]+\]|[^[\]:]+)(?::\d{1,5})?$/.exec(authority) ?? [];
  return canonicalHost(host) ?? '';
}
