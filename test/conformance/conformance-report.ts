/** The revisions whose requirements a server is held to. */
export type Revision = '2025-11-25' | '2026-07-28';

/** What the suite says of a check, the worst first. */
export const checkStatuses = ['FAILURE', 'WARNING', 'SKIPPED', 'SUCCESS', 'INFO'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

/** How a check came out: at its worst, where a scenario made it several times. */
export interface CheckOutcome {
  readonly status: CheckStatus;
  /** What the suite says is wrong; empty where nothing is. */
  readonly complaint: string;
}

/** What came out of one run. */
export interface ConformanceReport {
  /** The scenarios that the revision requires; the others are run for information. */
  readonly scored: readonly string[];
  /** By scenario, and by the check's id. A scenario that broke off has no entry. */
  readonly scenarios: ReadonlyMap<string, ReadonlyMap<string, CheckOutcome>>;
}

/** Whether a scenario was run and none of its checks failed. */
export function passes({ scenarios }: ConformanceReport, scenario: string): boolean {
  const checks = [...(scenarios.get(scenario)?.values() ?? [])];
  return checks.length > 0 && checks.every(({ status }) => status !== 'FAILURE');
}

/** The scored scenarios that do not pass, with what the suite says of them. */
export function failedScenarios(report: ConformanceReport): string[] {
  return report.scored
    .filter((scenario) => !passes(report, scenario))
    .map((scenario) => [scenario, ...complaints(report, scenario)].join('\n  '));
}

/** The checks of scored scenarios that came out as anything but well: what the specification only recommends, too. */
export function unmetChecks(report: ConformanceReport): string[] {
  return report.scored.flatMap((scenario) => complaints(report, scenario));
}

/**
 * Every check that passes directly, and fails, is not met, is not reached or is missing through a gateway, whether it
 * is scored or not. A check that is only for information there (`INFO`) is not lost.
 */
export function lost(direct: ConformanceReport, through: ConformanceReport): string[] {
  return [...direct.scenarios].flatMap(([scenario, checks]) =>
    [...checks]
      .filter(([, { status }]) => status === 'SUCCESS')
      .map(([id]) => [id, through.scenarios.get(scenario)?.get(id)] as const)
      .filter(([, outcome]) => outcome === undefined || isUnmet(outcome))
      .map(([id, outcome]) => toLine(scenario, id, outcome)),
  );
}

/** Counts for whoever reads the output of the tests. */
export function summary(report: ConformanceReport): string {
  const passed = report.scored.filter((scenario) => passes(report, scenario)).length;
  const others = [...report.scenarios.keys()].filter((scenario) => !report.scored.includes(scenario));
  const otherPassed = others.filter((scenario) => passes(report, scenario)).length;
  const checks = [...report.scenarios.values()].flatMap((each) => [...each.values()]);
  const succeeded = checks.filter(({ status }) => status === 'SUCCESS').length;
  return (
    `${passed} of ${report.scored.length} scored scenarios pass, ${otherPassed} of ${others.length} others; ` +
    `${succeeded} checks pass`
  );
}

function complaints({ scenarios }: ConformanceReport, scenario: string): string[] {
  return [...(scenarios.get(scenario) ?? [])]
    .filter(([, outcome]) => isUnmet(outcome))
    .map(([id, outcome]) => toLine(scenario, id, outcome));
}

function isUnmet({ status }: CheckOutcome): boolean {
  return status !== 'SUCCESS' && status !== 'INFO';
}

function toLine(scenario: string, id: string, outcome: CheckOutcome | undefined): string {
  const said = outcome?.complaint ? ` (${outcome.complaint})` : '';
  return `${scenario}: ${id}: ${outcome?.status ?? 'missing'}${said}`;
}
