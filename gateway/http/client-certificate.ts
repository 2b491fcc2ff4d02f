import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { certificatePrefix } from '../config/access-settings.ts';
import { HttpError } from './http-error.ts';

/** Longest common name: X.520 allows no longer one (ub-common-name). */
const maxNameLength = 64;

/** A connection has one certificate for its life, and reading it costs more than the rest of a small request. */
const known = new WeakMap<Socket, string>();

/**
 * The principal of a connection whose certificate the TLS handshake has checked: `certificate:` and the common name of
 * its subject. Throws 403 for a certificate that names nobody, or several.
 */
export function certificatePrincipal(socket: Socket): string {
  const principal = known.get(socket) ?? `${certificatePrefix}${expectCommonName(socket)}`;
  known.set(socket, principal);
  return principal;
}

function expectCommonName(socket: Socket): string {
  // The type says that there is one name; a certificate may have any number.
  const name: unknown =
    socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined;
  if (
    typeof name === 'string' &&
    name.length <= maxNameLength &&
    /^[^\p{C}\s](?:[^\p{C}]*[^\p{C}\s])?$/u.test(name)
  )
    return name;
  const advice = `of 1 to ${maxNameLength} printable characters in its subject, which is who you are`;
  throw new HttpError(403, 'bad_certificate', `the client certificate needs one common name ${advice}`);
}
