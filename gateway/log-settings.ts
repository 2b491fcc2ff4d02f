import { type LogLevel, logLevels } from './log-fields.ts';

/** How the log is written. */
export interface LogSettings {
  /** What matters less is left out. */
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  /** Whether text has colours. */
  readonly isColoured: boolean;
  /** Whether it holds what servers, clients and guards said, which may repeat payloads and secrets. */
  readonly showsPayloads: boolean;
}

/** What holds where nothing is said, for standard error that nobody watches. */
export const defaultLogSettings: LogSettings = Object.freeze({
  level: 'info',
  format: 'json',
  isColoured: false,
  showsPayloads: false,
});

/** What standard error is. */
export interface LogPlace {
  readonly isTerminal: boolean;
  /** Whether whoever runs it wants colours there. */
  readonly wantsColour: boolean;
}

/**
 * What the command line says of the log.
 *
 * @throws Error one sentence for whoever started the gateway
 */
export function logSettings(
  flags: ReadonlyMap<string, string>,
  { isTerminal, wantsColour }: LogPlace,
): LogSettings {
  const level = oneOf(flags, 'log-level', logLevels) ?? defaultLogSettings.level;
  const format = oneOf(flags, 'log-format', ['json', 'text']) ?? (isTerminal ? 'text' : 'json');
  const showsPayloads = flags.has('log-payloads');
  return { level, format, isColoured: isTerminal && wantsColour, showsPayloads };
}

/** What a process of ours is started with, so that its lines are like ours. */
export function logArguments({ level, format, showsPayloads }: LogSettings): readonly string[] {
  return ['--log-level', level, '--log-format', format, ...(showsPayloads ? ['--log-payloads'] : [])];
}

function oneOf<Word extends string>(
  flags: ReadonlyMap<string, string>,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const given = flags.get(name);
  if (given === undefined) return undefined;
  const known = words.find((word) => word === given);
  if (known === undefined) throw new Error(`--${name}: must be ${words.join(', ')}`);
  return known;
}
