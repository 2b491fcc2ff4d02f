/** The known word that somebody may have meant, or undefined when none is near. Words of a command line are short. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const typed = word.toLowerCase().slice(0, 64);
  const scored = known.map((candidate) => ({ candidate, distance: distance(typed, candidate) }));
  const [nearest] = scored.toSorted((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= 1 + typed.length / 3 ? nearest.candidate : undefined;
}

/** Levenshtein's: how many characters must be added, removed or replaced. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, character] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, wanted] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (character === wanted ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
