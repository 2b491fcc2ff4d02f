const breaks = ['\n', '\r', '\u0085', '\u2028', '\u2029'] as const;

/**
 * A JSON text on one line, with the same meaning, for transports where a line is a message: a line of its own in the
 * middle of a message would be a message that nobody judged. Raw line ends stand between values only, where a space is
 * as good. The others are ordinary characters of strings that some readers (Node's readline, Python's splitlines) take
 * for ends of lines; they are escaped.
 */
export function oneLine(text: string): string {
  if (!breaks.some((character) => text.includes(character))) return text;
  return text.replaceAll(/[\r\n]/g, ' ').replaceAll(/[\u0085\u2028\u2029]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
