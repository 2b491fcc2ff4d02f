/** What was thrown, in words: its message, where it has one. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
