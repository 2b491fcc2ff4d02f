/** Whether a text holds what a server may read in another way than it is written: control characters, `.` and `..`. */
export function hasTricks(text: string): bool {
  let segment = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isControl(unit)) return true;
    if (unit == 0x2f || unit == 0x5c) {
      if (isDots(segment)) return true;
      segment = '';
    } else if (segment.length < 3) {
      segment += text.charAt(i);
    }
  }
  // A text without any separator is no path: "." and ".." alone are as good as any other text.
  return segment.length < text.length && isDots(segment);
}

export function isControl(unit: i32): bool {
  return unit < 0x20 || (unit >= 0x7f && unit < 0xa0);
}

export function isDots(segment: string): bool {
  return segment == '.' || segment == '..';
}
