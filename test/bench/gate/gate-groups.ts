import type { GateGroup } from './gate-group.ts';
import { gatewayGroup } from './gateway-group.ts';
import { growthGroup } from './growth-group.ts';
import { labelingGroup } from './labeling-group.ts';

/** All that the gate holds. */
export const gateGroups: readonly GateGroup[] = [labelingGroup, gatewayGroup, growthGroup];
