import { backendChecks } from './backend-checks.ts';
import { endingChecks } from './ending-checks.ts';
import { failureChecks } from './failure-checks.ts';
import { openingChecks } from './opening-checks.ts';
import { orderChecks } from './order-checks.ts';
import { questionChecks } from './question-checks.ts';
import { serviceChecks } from './service-checks.ts';
import type { SidecarCheck } from './sidecar-under-test.ts';

/** All that a sidecar is asked, in the order in which it is tried. */
export const sidecarChecks: readonly SidecarCheck[] = [
  ...openingChecks,
  ...orderChecks,
  ...questionChecks,
  ...backendChecks,
  ...failureChecks,
  ...endingChecks,
  ...serviceChecks,
];
