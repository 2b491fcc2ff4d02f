/** The string that a JSON text is, if it is one. */
export function stringOf(source: string | undefined): string | undefined {
  if (source === undefined || !source.startsWith('"')) return undefined;
  try {
    return String(JSON.parse(source));
  } catch {
    return undefined;
  }
}
