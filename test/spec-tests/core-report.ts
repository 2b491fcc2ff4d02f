import { relative } from 'node:path';
import { AnsweringProcess, NoAnswer } from './answering-process.ts';
import type { CoreCase } from './core-suite.ts';
import type { Judgement } from './judgement.ts';

/** What became of a suite's modules. */
export interface CoreReport {
  /** By what the suite says and who refused the module: how many. */
  readonly counts: ReadonlyMap<string, number>;
  /** Modules that met the wrong end: path, what the suite says, and what happened. */
  readonly wrong: readonly string[];
}

/** A module takes milliseconds. */
const moduleTimeoutMs = 20_000;

/** Refusals of valid modules that name the feature or the limit that guards do not have. */
const namedRules = [
  /\((garbage collection|stack switching|exceptions|string references|typed function references)/,
  /of a page size of its own/,
  /^initializer expression can only reference an imported global/,
  /^unexpected opcode: 0x(fb|e[0-6]|14|15|d[3-6])/,
  /but may have \d+/,
];

/** Judges each module, in a process that may crash or hang without harm. */
export async function coreReport(
  cases: readonly CoreCase[],
  folder: string,
  judge: string,
): Promise<CoreReport> {
  using process = new AnsweringProcess(judge, moduleTimeoutMs);
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  for (const { path, isValid } of cases) {
    const judgement = await judgementOf(process, path);
    const key = `${isValid ? 'valid' : 'invalid'}: ${endOf(judgement)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (!isRight(judgement, isValid))
      wrong.push(
        `${relative(folder, path)} (${isValid ? 'valid' : 'invalid'}): ${judgement.by} ${judgement.words}`,
      );
  }
  return { counts, wrong };
}

async function judgementOf(process: AnsweringProcess, path: string): Promise<Judgement> {
  try {
    const answer: Judgement = JSON.parse(await process.ask(path));
    return answer;
  } catch (error) {
    if (error instanceof NoAnswer) return { by: error.how, words: error.message };
    throw error;
  }
}

function endOf({ by, words }: Judgement): string {
  if (by === 'nobody') return 'accepted';
  if (by === 'feature') return `refused for ${words}`;
  return by === 'crash' || by === 'hang' ? by : `refused by ${by}`;
}

function isRight({ by, words }: Judgement, isValid: boolean): boolean {
  if (by === 'crash' || by === 'hang') return false;
  if (!isValid) return by !== 'nobody';
  return by === 'nobody' || by === 'feature' || namedRules.some((rule) => rule.test(words));
}
