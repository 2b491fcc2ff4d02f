import type { CallSession } from './call-session.ts';

/** How a call reaches the server behind it. */
export type PathKind = 'direct' | 'no guard' | 'guard' | 'other gateway';

/** One way to the fast server, with its session. */
export interface CallPath {
  readonly name: string;
  readonly kind: PathKind;
  /** `modern` is HTTP of 2026-07-28, from the client to the server. */
  readonly server: 'http' | 'modern' | 'stdio';
  readonly session: CallSession;
  /** What stands between: its CPU time and that of all below it is what the way costs. */
  readonly proxyPid: number | undefined;
  /** What the server is beside that, where it runs by itself. */
  readonly serverPid: number | undefined;
}
