import { AnsweringProcess, NoAnswer } from './answering-process.ts';
import type { WasiCase } from './wasi-suite.ts';

/** What a program did. */
export interface WasiRun {
  /** Undefined when it trapped. */
  readonly exitCode?: number | undefined;
  /** How it ended, unless `_start` returned. */
  readonly failure?: string | undefined;
  /** What it wrote: the level of the log, and the line. */
  readonly lines: readonly string[];
}

export interface WasiResult {
  readonly name: string;
  readonly end: 'passed' | 'failed' | 'not applicable';
  readonly why: string;
}

/** A program of the suite takes seconds at most. */
const programTimeoutMs = 20_000;

/** Programs that need what no guard has, besides those whose description says so: what they need. */
const unmet = new Map([
  ['args_sizes_get-no-arguments', 'its own name as an argument'],
  ['sock_shutdown-not_sock', 'the error ENOTSOCK, where the ABI has ENOSYS'],
]);

/** Runs each program. One that needs what guards do not have must only end: it finds the errors that the ABI promises. */
export async function wasiReport(cases: readonly WasiCase[], program: string): Promise<WasiResult[]> {
  using process = new AnsweringProcess(program, programTimeoutMs);
  const results: WasiResult[] = [];
  for (const each of cases) results.push({ name: each.name, ...(await resultOf(process, each)) });
  return results;
}

async function resultOf(process: AnsweringProcess, wasiCase: WasiCase): Promise<Omit<WasiResult, 'name'>> {
  try {
    const run: WasiRun = JSON.parse(await process.ask(wasiCase.path));
    return judged(wasiCase, run);
  } catch (error) {
    if (error instanceof NoAnswer) return unanswered(wasiCase, error);
    throw error;
  }
}

/** Some look for their folder at every number that a file can have. */
function unanswered({ needs }: WasiCase, { how, message }: NoAnswer): Omit<WasiResult, 'name'> {
  if (how === 'crash' || needs.length === 0) return { end: 'failed', why: `${how}: ${message}` };
  return {
    end: 'not applicable',
    why: `it needs ${wordsOf(needs)} (it was killed while it looked for that)`,
  };
}

function judged({ name, exitCode, stdout, needs }: WasiCase, run: WasiRun): Omit<WasiResult, 'name'> {
  const printed = run.lines
    .filter((line) => line.startsWith('info '))
    .map((line) => line.slice('info '.length));
  const isAsSaid =
    run.exitCode === exitCode && (stdout === undefined || printed.join('\n') === stdout.trimEnd());
  if (isAsSaid) return { end: 'passed', why: '' };
  const last = run.lines.at(-1) ?? '';
  const how = `${run.failure ?? 'it returned'}${last === '' ? '' : `; ${last}`}`.slice(0, 200);
  const needed = needs.length > 0 ? wordsOf(needs) : unmet.get(name);
  if (needed !== undefined) return { end: 'not applicable', why: `it needs ${needed} (${how})` };
  return { end: 'failed', why: how };
}

function wordsOf(needs: readonly string[]): string {
  return needs.map((need) => needWords[need] ?? need).join(', ');
}

const needWords: Readonly<Record<string, string>> = {
  args: 'arguments',
  env: 'an environment',
  root: 'a folder',
  dirs: 'a folder',
};
