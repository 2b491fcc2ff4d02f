import type { Machine } from './machine.ts';

/** The load average up to which a machine is quiet. */
const quietLoad = 1;

/** Why figures are not those of a quiet machine; nothing when they are. */
export function unrest({ loadAtStart }: Pick<Machine, 'loadAtStart'>): string | undefined {
  if (loadAtStart <= quietLoad) return undefined;
  return `the machine was not quiet (load average ${loadAtStart.toFixed(2)}, above ${quietLoad}): ratios hold better than times`;
}
