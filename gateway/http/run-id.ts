/** Whether a text may name a run: one word of at most 128 printable ASCII characters, or nothing. */
export function isRunId(text: string): boolean {
  return /^[\x21-\x7e]{0,128}$/.test(text);
}
