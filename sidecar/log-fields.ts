import type { LogLevel } from './guest/protocol.ts';

/** How much a line matters, least first. */
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * What a line may say besides `time`, `level`, `process`, `message`, `trace_id` and `span_id`, in this order; docs/logs.md
 * explains each. Nothing here holds a payload, a tag or a key, but for `details`.
 */
export const logFieldNames = [
  'guard',
  'digest',
  'reason',
  'lines',
  'address',
  'adminAddress',
  'healthAddress',
  'metricsAddress',
  'peer',
  'othersRefused',
  'error',
  'stack',
  /** Words of a guard or of an unforeseen error: they may repeat payloads, so they need `--log-payloads`. */
  'details',
] as const;

export type LogFieldName = (typeof logFieldNames)[number];

/** What a line says besides its message. */
export type LogFields = Readonly<Partial<Record<LogFieldName, string | number>>>;
