import { isLoopback, listenAddress, tcpAddress } from './listen-address.ts';
import type { TlsFiles } from './tls-files.ts';

/** The command line's words about listening. */
export interface ListenFlags {
  readonly listen: string;
  readonly 'admin-listen'?: string | undefined;
  readonly 'health-listen'?: string | undefined;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
  readonly 'tls-client-ca'?: string | undefined;
}

/** Where a sidecar listens, and how. */
export interface ListenPlan {
  /** The labeling service. */
  readonly listen: string;
  /** The admin service; undefined: there is none. */
  readonly adminListen: string | undefined;
  /** Nothing but health, in plain text; undefined: with the labeling service only. */
  readonly healthListen: string | undefined;
  /** Of the labeling service; undefined: plain text. */
  readonly tls: TlsFiles | undefined;
}

/** Reads the flags. Throws one sentence for an address that must not be listened on as it is. */
export function listenPlan(flags: ListenFlags): ListenPlan {
  const admin = flags['admin-listen'];
  const listen = listenAddress(flags.listen);
  const tls = tlsFiles(flags);
  if (tls !== undefined && listen.startsWith('unix:'))
    throw new Error('--tls-cert is for TCP: leave it out, the folder of a Unix socket says who may connect');
  if (tls === undefined && isReachable(listen))
    throw new Error(
      `--listen ${listen}: other machines can reach this address: give --tls-cert, --tls-key and --tls-client-ca, or listen on 127.0.0.1 or a Unix socket`,
    );
  return {
    listen,
    // Whoever may have things labelled may not take guards out of service: a certificate of a gateway is not enough.
    adminListen: admin === undefined ? undefined : ownAddress(admin, '--admin-listen'),
    healthListen: flags['health-listen'] && listenAddress(flags['health-listen'], '--health-listen'),
    tls,
  };
}

function tlsFiles(flags: ListenFlags): TlsFiles | undefined {
  const { 'tls-cert': certificate, 'tls-key': privateKey, 'tls-client-ca': clientAuthority } = flags;
  if (certificate === undefined && privateKey === undefined && clientAuthority === undefined)
    return undefined;
  if (certificate === undefined || privateKey === undefined || clientAuthority === undefined)
    throw new Error('give --tls-cert, --tls-key and --tls-client-ca together, or none of them');
  return { certificate, privateKey, clientAuthority };
}

/** An address that only this machine can reach. Throws one sentence for any other. */
export function ownAddress(text: string, flag: string): string {
  const address = listenAddress(text, flag);
  if (!isReachable(address)) return address;
  throw new Error(
    `${flag} ${address}: other machines can reach this address: use a Unix socket or 127.0.0.1`,
  );
}

function isReachable(address: string): boolean {
  return !address.startsWith('unix:') && !isLoopback(tcpAddress(address).host);
}
