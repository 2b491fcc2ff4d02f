import type { CheckResult } from './check.ts';

/** What came of a run. */
export interface Report {
  readonly target: 'sidecar' | 'gateway';
  readonly address: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly checks: readonly CheckResult[];
}

/** Counts the results. */
export function reportOf(
  { target, address }: Pick<Report, 'target' | 'address'>,
  checks: readonly CheckResult[],
): Report {
  const count = (outcome: CheckResult['outcome']) =>
    checks.filter((check) => check.outcome === outcome).length;
  return { target, address, passed: count('pass'), failed: count('fail'), skipped: count('skip'), checks };
}

/** One check for a person. */
export function describeResult({ id, asks, outcome, seen }: CheckResult): string {
  const line = `${outcome.toUpperCase()}  ${id}: ${asks}`;
  return seen === undefined ? line : `${line}\n      ${seen}`;
}

/** The last line for a person. */
export function summary({ target, passed, failed, skipped }: Report): string {
  return `${target}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** 0: it keeps the contract as far as it was tried, 1: it does not. */
export function exitCodeOf({ passed, failed }: Report): 0 | 1 {
  return failed === 0 && passed > 0 ? 0 : 1;
}
