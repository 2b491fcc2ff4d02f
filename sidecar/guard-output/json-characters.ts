// The characters that JSON is made of, as UTF-16 code units (RFC 8259).

/** What a JSON value is. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

export const quote = 0x22;
export const comma = 0x2c;
export const minus = 0x2d;
export const zero = 0x30;
export const colon = 0x3a;
export const backslash = 0x5c;
export const openArray = 0x5b;
export const closeArray = 0x5d;
export const openObject = 0x7b;
export const closeObject = 0x7d;

const kinds = new Map<number, JsonKind>([
  [openObject, 'object'],
  [openArray, 'array'],
  [quote, 'string'],
  [0x74, 'boolean'],
  [0x66, 'boolean'],
  [0x6e, 'null'],
]);

/** What a value is that begins with this character. */
export function kindOf(first: number): JsonKind {
  return kinds.get(first) ?? 'number';
}

/** Whether it is one of the ten. */
export function isDigit(code: number): boolean {
  return code >= zero && code <= 0x39;
}

/** How long the escape is whose backslash stands there; undefined where it is none. */
export function escapeLength(text: string, at: number): number | undefined {
  const letter = text.charAt(at + 1);
  if (letter === 'u' && hexDigits.test(text.slice(at + 2, at + 6))) return 6;
  return letter !== '' && '"\\/bfnrt'.includes(letter) ? 2 : undefined;
}

const hexDigits = /^[0-9a-fA-F]{4}$/;
