/** How much a line matters, least first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof logLevels)[number];

/**
 * What a line may say besides `time`, `level`, `process`, `message`, `trace_id` and `span_id`, in this order; docs/logs.md
 * explains each. Nothing here holds a payload, a tag or a key, but for `details`.
 */
export const logFieldNames = [
  'privilege',
  'operator',
  'principal',
  'run',
  'server',
  'tool',
  'sidecar',
  'outcome',
  'reason',
  'dropped',
  'added',
  'kept',
  'labels',
  'changed',
  'removed',
  'url',
  'address',
  'file',
  'events',
  'seq',
  'hash',
  'error',
  'stack',
  /** Words of a server, a client, a guard or an unforeseen error: they may repeat payloads, so they need `--log-payloads`. */
  'details',
] as const;

export type LogFieldName = (typeof logFieldNames)[number];

/** What a line says besides its message. */
export type LogFields = Readonly<Partial<Record<LogFieldName, string | number>>>;
