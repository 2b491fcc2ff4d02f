import { glob, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { GuardError } from '../guard-error.ts';
import { type GuardCase, readCase, writeCase } from './case-file.ts';
import { caseOutcome } from './case-outcome.ts';
import { oneWord, readFlags } from './command-flags.ts';
import { type CommandPlace, drawProgress, painted, writeLines } from './command-place.ts';
import { differences } from './differences.ts';
import { GuardsAtWork } from './guards-at-work.ts';
import { UsageError } from './usage-error.ts';

const usage = 'usage: sluice guard test DIR [--guard FILE.wasm] [--update] [--json]';

/** A folder with more is none that somebody wrote cases into. */
const maxCases = 10_000;

/** How one case ended. `failed` has differences, `broken` is none that can be asked. */
interface CaseResult {
  readonly file: string;
  readonly verdict: 'passed' | 'failed' | 'broken' | 'updated';
  readonly findings: readonly string[];
}

interface Run {
  readonly guards: GuardsAtWork;
  readonly otherGuard: string | undefined;
  readonly isUpdating: boolean;
  readonly signal: AbortSignal;
}

/** `sluice guard test`: asks the guards every case of a folder. 0 where all came as expected, 1 where one did not. */
export async function testCommand(args: readonly string[], place: CommandPlace): Promise<number> {
  const flags = readFlags(args, { guard: 'text', update: 'switch', json: 'switch' });
  const folder = oneWord(flags, usage);
  const files = await caseFiles(folder);
  const other = flags.text('guard');
  await using guards = new GuardsAtWork();
  const otherGuard = other === undefined ? undefined : resolve(other);
  const signal = new AbortController().signal;
  const run = { guards, otherGuard, isUpdating: flags.has('update'), signal };
  const results: CaseResult[] = [];
  for (const file of files) {
    drawProgress(place, `${results.length + 1}/${files.length} ${relative(folder, file)}`);
    results.push({ ...(await testCase(file, run)), file: relative(folder, file) });
  }
  drawProgress(place, '');
  await writeLines(place, flags.has('json') ? [resultsJson(results)] : describe(place, results));
  return results.some(({ verdict }) => verdict === 'failed' || verdict === 'broken') ? 1 : 0;
}

async function testCase(path: string, run: Run): Promise<Omit<CaseResult, 'file'>> {
  try {
    const each = await readCase(path, run.otherGuard);
    const guard = await run.guards.guard(each.guard, each.limits, run.signal);
    const { came } = await caseOutcome(guard, each, run.signal);
    const findings = differences(each.expect ?? {}, came);
    const isExpected = each.expect !== undefined && Object.keys(each.expect).length > 0;
    if (isExpected && findings.length === 0) return { verdict: 'passed', findings };
    if (!run.isUpdating) return { verdict: 'failed', findings: isExpected ? findings : [expectsNothing] };
    await update(each, came);
    return { verdict: 'updated', findings };
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof GuardError)) throw error;
    return { verdict: 'broken', findings: [error.message] };
  }
}

async function update({ path, json }: GuardCase, expect: GuardCase['json']): Promise<void> {
  await writeCase(path, { ...json, expect });
}

async function caseFiles(folder: string): Promise<readonly string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`${folder} is no folder: ${usage}`);
  const files: string[] = [];
  for await (const path of glob('**/*.json', { cwd: folder })) {
    files.push(join(folder, path));
    if (files.length > maxCases) throw new UsageError(`${folder} has more than ${maxCases} cases; split it`);
  }
  if (files.length === 0)
    throw new UsageError(`${folder} has no cases: files of JSON, as docs/guard-command.md says`);
  return files.sort();
}

function describe(place: CommandPlace, results: readonly CaseResult[]): string[] {
  const notes = results.flatMap(({ file, verdict, findings }) => {
    if (verdict === 'passed') return [];
    const colour = verdict === 'updated' ? 'yellow' : 'red';
    return [`${painted(place, colour, verdict)} ${file}`, ...findings.map((words) => `  ${words}`)];
  });
  return [...notes, summary(place, results)];
}

function summary(place: CommandPlace, results: readonly CaseResult[]): string {
  const counts = counted(results);
  const words = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  const isFine = counts.failed + counts.broken === 0;
  return painted(place, isFine ? 'green' : 'red', `${results.length} cases: ${words.join(', ')}`);
}

function resultsJson(results: readonly CaseResult[]): string {
  return JSON.stringify({ ...counted(results), cases: results }, undefined, 2);
}

function counted(results: readonly CaseResult[]): Record<CaseResult['verdict'], number> {
  const counts = { passed: 0, failed: 0, broken: 0, updated: 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

const expectsNothing = 'it expects nothing yet: --update writes down what came';
