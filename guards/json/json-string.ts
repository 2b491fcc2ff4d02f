// The inside of a JSON string: what it may hold (RFC 8259, UTF-8 only) and what it stands for.

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** Returned by `stringEnd` for bytes that are no JSON string. */
export const INVALID: usize = 0;

/** The address of the quote that ends the string whose first byte (after the opening quote) is at `at`. */
export function stringEnd(at: usize, end: usize): usize {
  while (at < end) {
    const byte = load<u8>(at);
    if (byte == QUOTE) return at;
    if (byte < 0x20) return INVALID;
    const size = byte == BACKSLASH ? escapeSize(at, end) : characterSize(at, end);
    if (size == 0) return INVALID;
    at += size;
  }
  return INVALID;
}

/** How many bytes an escape takes, 0 when it is none. */
function escapeSize(at: usize, end: usize): usize {
  if (end - at < 2) return 0;
  const letter = load<u8>(at + 1);
  if (letter != 0x75 /* u */) return isShortEscape(letter) ? 2 : 0;
  if (end - at < 6) return 0;
  for (let digit: usize = 2; digit < 6; digit++) if (hexValue(load<u8>(at + digit)) < 0) return 0;
  return 6;
}

function isShortEscape(letter: u8): bool {
  return letter == QUOTE || letter == BACKSLASH || letter == 0x2f || shortEscape(letter) != letter;
}

/** What `\b`, `\f`, `\n`, `\r`, `\t` stand for; any other letter is itself. */
function shortEscape(letter: u8): u8 {
  switch (letter) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return letter;
  }
}

/** How many bytes the UTF-8 character at `at` takes; 0 when it is not well-formed (Unicode, table 3-7). */
function characterSize(at: usize, end: usize): usize {
  const lead = load<u8>(at);
  if (lead < 0x80) return 1;
  const size: usize = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || end - at < size) return 0;
  const second = load<u8>(at + 1);
  const lowest: u8 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const highest: u8 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i: usize = 2; i < size; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return 0;
  return size;
}

/**
 * Writes what the source of a valid string stands for as UTF-8, and returns its length, which is never more than `size`.
 * A lone surrogate is written in the three bytes that it would take, which is not UTF-8: whoever reads it must refuse it.
 */
export function unescapeInto(source: usize, size: i32, out: usize): i32 {
  const end = source + size;
  const begin = out;
  while (source < end) {
    const byte = load<u8>(source);
    if (byte != BACKSLASH) {
      store<u8>(out++, byte);
      source++;
    } else if (load<u8>(source + 1) != 0x75) {
      store<u8>(out++, shortEscape(load<u8>(source + 1)));
      source += 2;
    } else {
      const point = escapedPoint(source, end);
      source += point > 0xffff ? 12 : 6;
      out += storeCharacter(out, point);
    }
  }
  return <i32>(out - begin);
}

/** The code point of a `\u` escape, together with the low surrogate that follows it. */
function escapedPoint(at: usize, end: usize): u32 {
  const first = hexUnit(at);
  if ((first & 0xfc00) != 0xd800 || end - at < 12) return first;
  if (load<u8>(at + 6) != BACKSLASH || load<u8>(at + 7) != 0x75) return first;
  const second = hexUnit(at + 6);
  if ((second & 0xfc00) != 0xdc00) return first;
  return 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
}

function hexUnit(escape: usize): u32 {
  let unit: u32 = 0;
  for (let digit: usize = 2; digit < 6; digit++) unit = (unit << 4) | hexValue(load<u8>(escape + digit));
  return unit;
}

function hexValue(digit: u8): i32 {
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  const lower = digit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function storeCharacter(out: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(out, point);
    return 1;
  }
  const size: usize = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  for (let i = size - 1; i > 0; i--) {
    store<u8>(out + i, 0x80 | (point & 0x3f));
    point >>= 6;
  }
  store<u8>(out, (size == 2 ? 0xc0 : size == 3 ? 0xe0 : 0xf0) | point);
  return size;
}
