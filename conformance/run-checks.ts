import { type Check, type CheckResult, Mismatch, NotOffered } from './check.ts';

/** How long the checks may take, in milliseconds. */
export interface TimeLimits {
  /** Each of them. */
  readonly checkMs: number;
  /** All of them: those that are left then are skipped. */
  readonly totalMs: number;
}

/** Whom the checks are run against. */
export interface Subject {
  /** Between two checks: ends whatever the last one has left open. */
  settle(): Promise<void>;
}

/** What a person reads of a foreign program's words, in characters. */
const maxSeenLength = 400;

/** Runs the checks one after the other, telling of each as it ends. Bounded in time. */
export async function runChecks<S extends Subject>(
  subject: S,
  checks: readonly Check<S>[],
  { limits, tell }: { limits: TimeLimits; tell: (result: CheckResult) => void },
): Promise<CheckResult[]> {
  const endsAt = performance.now() + limits.totalMs;
  const results: CheckResult[] = [];
  for (const check of checks) {
    const leftMs = Math.min(limits.checkMs, endsAt - performance.now());
    const result = leftMs > 0 ? await runCheck(subject, check, leftMs) : tooLate(check);
    tell(result);
    results.push(result);
  }
  return results;
}

async function runCheck<S extends Subject>(
  subject: S,
  { id, asks, run }: Check<S>,
  limitMs: number,
): Promise<CheckResult> {
  try {
    await within(run(subject), limitMs);
    return { id, asks, outcome: 'pass' };
  } catch (error) {
    const seen = oneLine(error instanceof Error ? error.message : String(error));
    if (error instanceof NotOffered) return { id, asks, outcome: 'skip', seen };
    const isOurs = !(error instanceof Mismatch);
    return { id, asks, outcome: 'fail', seen: isOurs ? `the check itself broke: ${seen}` : seen };
  } finally {
    await subject.settle();
  }
}

function tooLate<S>({ id, asks }: Check<S>): CheckResult {
  return { id, asks, outcome: 'skip', seen: 'the time for all checks was over (--time-limit)' };
}

async function within(work: Promise<void>, limitMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const words = `it did not come about within ${Math.round(limitMs / 1000)} s`;
  const timer = setTimeout(() => reject(new Mismatch(words)), limitMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of a foreign program's words what can do no harm on a terminal. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
  return line.length > maxSeenLength ? `${line.slice(0, maxSeenLength)}…` : line;
}
