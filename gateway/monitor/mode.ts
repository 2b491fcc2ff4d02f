/**
 * How labels are enforced: `strict` denies a response that holds anything unreadable, `filter` withholds what may not
 * be read, `propagate` lets everything be read and joins the agent with it.
 */
export type Mode = 'strict' | 'filter' | 'propagate';

const FROM_STRICTEST: readonly Mode[] = ['strict', 'filter', 'propagate'];

/** Reads a mode in any case. Empty is `strict`; `undefined` when it is no mode. */
export function parseMode(text: string): Mode | undefined {
  const spelling = text.toLowerCase();
  return spelling === '' ? 'strict' : FROM_STRICTEST.find((mode) => mode === spelling);
}

/** The mode that applies: the operator's is a floor, so a guard may only be stricter. */
export function floorMode(operator: Mode | undefined, guard: Mode): Mode {
  return FROM_STRICTEST.find((mode) => mode === operator || mode === guard) ?? 'strict';
}

/** The mode for what cannot be filtered: where a part would be withheld, all of it is denied. */
export function modeForWholes(mode: Mode): Mode {
  return mode === 'filter' ? 'strict' : mode;
}
