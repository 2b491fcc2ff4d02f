import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { SessionRequest, SessionResponse } from '../../proto/gen/sluice/labeler/v1/labeler.ts';

/** A stream of the labeling protocol, and the sidecar at its other end. */
export interface LabelerStream {
  /** Its address. */
  readonly sidecar: string;
  readonly stream: ClientDuplexStream<SessionRequest, SessionResponse>;
}

/** Whether a sidecar can be had, for `GET /health`. */
export interface SidecarHealth {
  readonly state: 'ready' | 'unavailable';
  readonly reason?: string;
}

/** Where guard sessions are opened: at one sidecar, or at any of several. */
export interface Labeler extends Disposable {
  /**
   * A new stream, once a sidecar can be reached; at one that is not in `tried` where such a one answers. Throws the
   * signal's reason when that comes first.
   */
  stream(signal: AbortSignal, tried?: ReadonlySet<string>): Promise<LabelerStream>;
  /** Whether a sidecar answers that is not in `tried`. */
  hasOther(tried: ReadonlySet<string>): boolean;
  /** Whether any sidecar answers now. */
  answers(): Promise<boolean>;
  /** Those that are configured, by address; none where the gateway has one of its own. */
  sidecars(): Readonly<Record<string, SidecarHealth>>;
}
