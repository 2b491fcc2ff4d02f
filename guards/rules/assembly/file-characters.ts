// Which characters mean one thing in a file name. Some systems write "é" as one character and some as two, and open the
// same file for both; a rule that knows one spelling must not be passed by in the other.

/** Letters and digits outside of ASCII that have one spelling only (they are their own NFC, and never combine). */
const LETTERS: u16[] = [
  0x00c0,
  0x00d6,
  0x00d8,
  0x00f6,
  0x00f8,
  0x02af, // Latin
  0x0376,
  0x0377,
  0x037b,
  0x037d,
  0x037f,
  0x037f,
  0x0386,
  0x0386,
  0x0388,
  0x038a,
  0x038c,
  0x038c, // Greek
  0x038e,
  0x03a1,
  0x03a3,
  0x03f5,
  0x03f7,
  0x03ff,
  0x0400,
  0x0481,
  0x048a,
  0x052f, // Cyrillic
  0x0531,
  0x0556,
  0x0561,
  0x0587, // Armenian
  0x05d0,
  0x05ea, // Hebrew
  0x0620,
  0x063a,
  0x0641,
  0x064a,
  0x0660,
  0x0669, // Arabic
  0x10d0,
  0x10fa, // Georgian
  0x3041,
  0x3096,
  0x30a1,
  0x30fa, // Hiragana, Katakana
  0x3400,
  0x4dbf,
  0x4e00,
  0x9fff, // Han
  0xac00,
  0xd7a3, // Hangul
];

/** Signs of which the same is true. */
const SIGNS: u16[] = [
  0x00a1, 0x00ac, 0x00ae, 0x00bf, 0x00d7, 0x00d7, 0x00f7, 0x00f7, 0x2010, 0x2027, 0x2030, 0x205e, 0x20a0,
  0x20c0,
];

/** A letter or digit of any script above, or one of `. - _ + ~`: what a word is made of. */
export function isLetter(unit: i32): bool {
  if (unit >= 0x80) return isAmong(LETTERS, unit);
  if (unit >= 0x30 && unit <= 0x39) return true;
  const lower = unit | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return unit == 0x2e || unit == 0x2d || unit == 0x5f || unit == 0x2b || unit == 0x7e;
}

/** Whether a character in a path means one thing on all systems. */
export function isFileCharacter(unit: i32): bool {
  if (unit < 0x80) return unit >= 0x20 && unit != 0x7f && unit != 0x5c;
  return isAmong(LETTERS, unit) || isAmong(SIGNS, unit);
}

/** Whether two UTF-16 units are one character of the blocks U+1F000 to U+1FAFF: emoji, most of them. */
export function isEmoji(high: i32, low: i32): bool {
  return high >= 0xd83c && high <= 0xd83e && low >= 0xdc00 && low <= (high == 0xd83e ? 0xdeff : 0xdfff);
}

function isAmong(ranges: u16[], unit: i32): bool {
  for (let i = 0; i < ranges.length; i += 2) {
    if (unit >= <i32>ranges[i] && unit <= <i32>ranges[i + 1]) return true;
  }
  return false;
}
