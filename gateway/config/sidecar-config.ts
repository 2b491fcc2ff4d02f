import type { SidecarAddress } from './address.ts';

/** Sidecars that run already (docs/many-sidecars.md). */
export interface SidecarConfig {
  /** One at least. */
  readonly addresses: readonly SidecarAddress[];
  /** Undefined: plain text, within this machine. */
  readonly tls: SidecarTls | undefined;
}

/** Mutual TLS with sidecars. The files, absolute: they are read again for as long as the gateway runs. */
export interface SidecarTls {
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The name that their certificates must have; undefined: each its own host's. */
  readonly serverName: string | undefined;
}
