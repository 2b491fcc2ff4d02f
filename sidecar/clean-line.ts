import { maxGuardTextLength } from './limits.ts';

/**
 * `text` from a guard or its module as one clean line for messages and logs: no control characters (ESC and line ends
 * included), nothing invisible or reordering, at most `maxLength` characters. It stays untrusted in its meaning.
 */
export function cleanLine(text: string, maxLength: number = maxGuardTextLength): string {
  // The first cut bounds the work on a text of megabytes.
  const clean = text
    .slice(0, maxLength * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')
    .trim();
  const wasCut = clean.length > maxLength || text.length > maxLength * 4;
  return wasCut ? `${clean.slice(0, maxLength - 1).toWellFormed()}…` : clean;
}
