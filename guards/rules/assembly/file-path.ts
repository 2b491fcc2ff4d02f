import { isEmoji, isFileCharacter } from './file-characters';

/** A path in normal form. */
export class FilePath {
  constructor(
    readonly isAbsolute: bool,
    readonly segments: string[],
  ) {}
}

/**
 * The path that a text writes, without `.`, `..` and repeated slashes, as POSIX reads it. Null for what does not mean
 * one path everywhere: nothing, backslashes, NUL and other control characters, two spellings of one letter, and more
 * steps up than there are to go.
 */
export function parseFilePath(text: string): FilePath | null {
  if (text.length == 0 || !hasOneSpelling(text)) return null;
  const parts = text.split('/');
  const segments: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] == '' || parts[i] == '.') continue;
    if (parts[i] != '..') segments.push(parts[i]);
    else if (segments.length > 0) segments.pop();
    else return null;
  }
  return new FilePath(text.startsWith('/'), segments);
}

function hasOneSpelling(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    if (isFileCharacter(text.charCodeAt(i))) continue;
    if (!isEmoji(text.charCodeAt(i), text.charCodeAt(i + 1))) return false;
    i++;
  }
  return true;
}
