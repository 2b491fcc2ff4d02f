import type { LogLevel } from './guest/protocol.ts';
import { logLevels } from './log-fields.ts';

/** How the log is written. */
export interface LogSettings {
  /** What matters less is left out. */
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  /** Whether text has colours. */
  readonly isColoured: boolean;
  /** Whether it holds what guards said, which may repeat payloads and secrets. */
  readonly showsPayloads: boolean;
}

/** What holds where nothing is said, for standard error that nobody watches. */
export const defaultLogSettings: LogSettings = Object.freeze({
  level: 'info',
  format: 'json',
  isColoured: false,
  showsPayloads: false,
});

/** The options of the command line that are about the log. */
export interface LogOptions {
  readonly 'log-level'?: string | undefined;
  readonly 'log-format'?: string | undefined;
  readonly 'log-payloads'?: boolean | undefined;
}

/** What standard error is. */
export interface LogPlace {
  readonly isTerminal: boolean;
  /** Whether whoever runs it wants colours there. */
  readonly wantsColour: boolean;
}

/**
 * What the command line says of the log.
 *
 * @throws Error one sentence for whoever started the sidecar
 */
export function logSettings(options: LogOptions, { isTerminal, wantsColour }: LogPlace): LogSettings {
  const level = oneOf(options, 'log-level', logLevels) ?? defaultLogSettings.level;
  const format = oneOf(options, 'log-format', ['json', 'text']) ?? (isTerminal ? 'text' : 'json');
  const showsPayloads = options['log-payloads'] === true;
  return { level, format, isColoured: isTerminal && wantsColour, showsPayloads };
}

function oneOf<Word extends string>(
  options: LogOptions,
  name: 'log-level' | 'log-format',
  words: readonly Word[],
): Word | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const known = words.find((word) => word === given);
  if (known === undefined) throw new Error(`--${name}: must be ${words.join(', ')}`);
  return known;
}
