import { askingChecks } from './asking-checks.ts';
import { backendChecks } from './backend-checks.ts';
import { decidingChecks } from './deciding-checks.ts';
import { endingChecks } from './ending-checks.ts';
import { failureChecks } from './failure-checks.ts';
import type { GatewayCheck } from './gateway-under-test.ts';

/** All that a gateway is asked, in the order in which it is tried. */
export const gatewayChecks: readonly GatewayCheck[] = [
  ...askingChecks,
  ...decidingChecks,
  ...failureChecks,
  ...backendChecks,
  ...endingChecks,
];
