import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { DnsAddress } from '../config/address.ts';
import { maxSidecarAddresses } from '../config/config-limits.ts';

/** The addresses of a name now, as a resolver gives them. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** How names are looked up. */
export interface NameLookup {
  readonly resolve: Resolve;
  /** The pause between two look-ups of a name, in milliseconds. */
  readonly pauseMs: number;
}

/**
 * As every other program of the machine does it: the file of hosts, search domains, both families. Every five seconds: a new
 * replica has its share of sessions soon after.
 */
export const systemLookup: NameLookup = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  pauseMs: 5_000,
};

/** The sidecars behind a name, as `address:port`, sorted: of too many the first. */
export async function sidecarsOfName({ host, port }: DnsAddress, resolve: Resolve): Promise<string[]> {
  const addresses = await resolve(host);
  const targets = addresses.map((address) =>
    isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return [...new Set(targets)].sort().slice(0, maxSidecarAddresses);
}
