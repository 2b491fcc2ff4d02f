/** A text as a JSON string. Lone surrogates are written as escapes, so that the output is always UTF-8. */
export function quoted(text: string): string {
  let json = '"';
  let plainFrom = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      i++;
    } else if (unit < 0x20 || unit == 0x22 || unit == 0x5c || (unit & 0xf800) == 0xd800) {
      json += text.substring(plainFrom, i) + escaped(unit);
      plainFrom = i + 1;
    }
  }
  return json + text.substring(plainFrom) + '"';
}

function isHighSurrogate(unit: i32): bool {
  return (unit & 0xfc00) == 0xd800;
}

function isLowSurrogate(unit: i32): bool {
  return (unit & 0xfc00) == 0xdc00;
}

function escaped(unit: i32): string {
  if (unit == 0x22) return '\\"';
  return unit == 0x5c ? '\\\\' : '\\u' + unit.toString(16).padStart(4, '0');
}
