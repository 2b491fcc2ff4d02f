/** One figure beside what was aimed for. */
export interface Aim {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** Aims and figures as rows of a table, after their column names. */
export function aimRows(aims: readonly Aim[]): string[][] {
  return aims.map(({ what, measured, aim, isMet }) => [what, measured, aim, isMet ? 'met' : '**not met**']);
}
