import { measureGateway } from './gateway-part.ts';
import { measureGrowth } from './growth-part.ts';
import { measureKill } from './kill-part.ts';
import { measureLabeling } from './labeling-part.ts';
import { measureMemory } from './memory-part.ts';
import type { Amount, Part } from './part.ts';
import { measureStart } from './start-part.ts';

/** The parts of the bench, by their names, in the order of the report. */
export const benchParts: Readonly<Record<string, (amount: Amount) => Promise<Part>>> = {
  labeling: measureLabeling,
  gateway: measureGateway,
  start: measureStart,
  kill: measureKill,
  memory: measureMemory,
  growth: measureGrowth,
};
