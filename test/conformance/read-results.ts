import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CheckOutcome, type CheckStatus, checkStatuses } from './conformance-report.ts';

/** The folders of the suite: the leg, the scenario, and when it was run. */
const resultFolder = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** One check, as the suite writes it down. */
interface WrittenCheck {
  readonly id: string;
  readonly status: CheckStatus;
  readonly errorMessage?: string;
}

/** Reads what the suite wrote into its output folder; a scenario that broke off left no checks. */
export async function readResults(folder: string): Promise<Map<string, Map<string, CheckOutcome>>> {
  const scenarios = new Map<string, Map<string, CheckOutcome>>();
  for await (const path of glob('*/checks.json', { cwd: folder })) {
    const scenario = resultFolder.exec(dirname(path))?.[1];
    if (scenario === undefined) continue;
    const written = await readFile(join(folder, path), 'utf8');
    scenarios.set(scenario, worstOfEach(JSON.parse(written) as readonly WrittenCheck[]));
  }
  return scenarios;
}

/** Which scenarios a revision requires of a server: the list `server:` of its requirements file. */
export function scoredScenarios(requirements: string): string[] {
  const section = /^server:\n((?: +.*\n)+)/m.exec(requirements)?.[1] ?? '';
  return [...section.matchAll(/^ +- (\S+)$/gm)].map(([, scenario = '']) => scenario);
}

function worstOfEach(checks: readonly WrittenCheck[]): Map<string, CheckOutcome> {
  const outcomes = new Map<string, CheckOutcome>();
  for (const { id, status, errorMessage: complaint = '' } of checks) {
    const known = outcomes.get(id);
    if (known === undefined || isWorse(status, known.status)) outcomes.set(id, { status, complaint });
  }
  return outcomes;
}

function isWorse(one: CheckStatus, other: CheckStatus): boolean {
  return checkStatuses.indexOf(one) < checkStatuses.indexOf(other);
}
