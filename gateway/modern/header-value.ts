import { isUtf8 } from 'node:buffer';

const encodedForm = /^=\?base64\?(.*)\?=$/;
/** Visible characters of ASCII, with blanks between them; nothing is a value, too. */
const plain = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;

/** Whether a text may be the value of a header as it is, and is read back as it was. */
export function isPlainHeaderValue(text: string): boolean {
  return plain.test(text);
}

/** A text as the value of an `Mcp-Name` or `Mcp-Param-…` header: as it is, or as base64 where it could not be read back. */
export function encodeHeaderValue(text: string): string {
  if (plain.test(text) && !encodedForm.test(text)) return text;
  return `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

/** The text that such a value stands for; nothing for one that is malformed. */
export function decodeHeaderValue(value: string): string | undefined {
  if (!plain.test(value)) return undefined;
  const encoded = encodedForm.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  // Node reads what it can and skips the rest; only what comes out again as it went in is base64.
  return bytes.toString('base64') === encoded && isUtf8(bytes) ? bytes.toString() : undefined;
}
