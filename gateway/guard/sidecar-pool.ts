import { setTimeout as delay } from 'node:timers/promises';
import { type DnsAddress, formatAddress } from '../config/address.ts';
import type { SidecarConfig } from '../config/sidecar-config.ts';
import { GatewayError } from '../gateway-error.ts';
import type { Log } from '../log.ts';
import { until } from '../until.ts';
import { wordsOf } from '../words-of.ts';
import type { Labeler, LabelerStream, SidecarHealth } from './labeler.ts';
import { type ChannelSecurity, LabelerClient } from './labeler-client.ts';
import { PooledSidecar } from './pooled-sidecar.ts';
import { type NameLookup, sidecarsOfName, systemLookup } from './sidecar-names.ts';
import { plainTcp, sidecarSecurity } from './sidecar-security.ts';

/** How often those who wait look whether a sidecar is there, in milliseconds: grpc-js tells of one channel only. */
const lookPauseMs = 50;

/**
 * The configured sidecars, each with a channel of its own. A session is opened at the next in turn of those that answer.
 * Not one channel to all of them: that cannot be told to go elsewhere than before, nor mix sockets with ports.
 */
export class SidecarPool implements Labeler {
  readonly #log: Log;
  readonly #secure: (host: string) => ChannelSecurity;
  readonly #names: NameLookup;
  readonly #members = new Map<string, PooledSidecar>();
  readonly #closing = new AbortController();
  #turn = 0;
  #look: Promise<unknown> | undefined;

  constructor({ addresses, tls }: SidecarConfig, log: Log, names: NameLookup = systemLookup) {
    this.#log = log;
    this.#secure = tls === undefined ? () => plainTcp : sidecarSecurity(tls);
    this.#names = names;
    for (const address of addresses) {
      if (address.kind === 'dns') void this.#follow(address);
      else this.#add(formatAddress(address), address.kind === 'tcp' ? address.host : undefined);
    }
  }

  async stream(signal: AbortSignal, tried: ReadonlySet<string> = new Set()): Promise<LabelerStream> {
    for (;;) {
      if (this.#closing.signal.aborted) throw new GatewayError('GUARD_UNAVAILABLE', 'the gateway stops');
      const chosen = this.#choose(tried);
      if (chosen !== undefined) return chosen.open();
      await until(this.#nextLook(), signal);
    }
  }

  hasOther(tried: ReadonlySet<string>): boolean {
    return this.#serving().some(({ address }) => !tried.has(address));
  }

  async answers(): Promise<boolean> {
    return this.#serving().length > 0;
  }

  sidecars(): Readonly<Record<string, SidecarHealth>> {
    return Object.fromEntries([...this.#members.values()].map(({ address, health }) => [address, health]));
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    for (const member of this.#members.values()) member[Symbol.dispose]();
  }

  /** The next in turn of those that serve, best one that was not tried; else of those that are silent, since they may be merely busy. */
  #choose(tried: ReadonlySet<string>): PooledSidecar | undefined {
    const serving = this.#serving();
    const untried = serving.filter(({ address }) => !tried.has(address));
    const silent = this.#connected().filter(({ serves, refuses }) => !serves && !refuses);
    const best = [untried, serving, silent].find((members) => members.length > 0) ?? [];
    return best[this.#turn++ % best.length];
  }

  #serving(): PooledSidecar[] {
    return this.#connected().filter(({ serves }) => serves);
  }

  #endSilentSessions(): void {
    if (this.#serving().length > 0) for (const member of this.#members.values()) member.endSilentSessions();
  }

  /** Those that can be reached; the others are tried. */
  #connected(): PooledSidecar[] {
    return [...this.#members.values()].filter(({ isConnected }) => isConnected);
  }

  /** One for all who wait. */
  #nextLook(): Promise<unknown> {
    this.#look ??= delay(lookPauseMs).finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }

  #add(target: string, host: string | undefined): void {
    const security = host === undefined ? undefined : this.#secure(host);
    const client = new LabelerClient(target, security);
    this.#members.set(target, new PooledSidecar(client, this.#log, () => this.#endSilentSessions()));
  }

  /** Keeps the members that a name leads to. Those that it no longer leads to end with their sessions. */
  async #follow(name: DnsAddress): Promise<void> {
    const { signal } = this.#closing;
    const own = new Set<string>();
    let said = '';
    while (!signal.aborted) {
      try {
        this.#become(own, new Set(await sidecarsOfName(name, this.#names.resolve)), name.host);
        said = '';
      } catch (error) {
        const words = `the sidecars' name ${name.host} cannot be resolved, those known stay: ${wordsOf(error)}`;
        if (words !== said && !signal.aborted) this.#log.write('warn', words);
        said = words;
      }
      await delay(this.#names.pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #become(own: Set<string>, now: ReadonlySet<string>, host: string): void {
    if (this.#closing.signal.aborted) return;
    for (const target of own.difference(now)) {
      own.delete(target);
      this.#members.get(target)?.leave();
      this.#members.delete(target);
    }
    for (const target of now.difference(own)) {
      // Another name, or the list itself, may lead there, too.
      if (this.#members.has(target)) continue;
      own.add(target);
      this.#add(target, host);
    }
  }
}
