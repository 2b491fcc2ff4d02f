declare global {
  /** What the language has and TypeScript's own declarations do not yet. */
  interface JSON {
    parse(
      text: string,
      revive: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/** Numbers that a double may not hold to the last digit, or that are written in another way than they are printed. */
const mayLoseDigits = /\d{16}|\d\.\d{15}|\d[eE]|\.\d*0(?!\d)|-0(?![\d.])/;

/**
 * Parses JSON so that `JSON.stringify` writes each number as it was: an id above 2^53 must not become another one on
 * its way from the agent to the server. Throws a SyntaxError, as `JSON.parse` does.
 */
export function parseLossless(text: string): unknown {
  return mayLoseDigits.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? JSON.rawJSON(source)
    : value;
}
