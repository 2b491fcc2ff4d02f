import { access } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { JsonObject } from '../config/json-value.ts';
import type { GuardConfig } from '../config.ts';
import { GuardError } from '../guard-error.ts';
import { defaultGuardLimits, guardLimitNames } from '../guard-limits.ts';
import { answersJson } from './canned-backend.ts';
import { writeCase } from './case-file.ts';
import { caseOutcome } from './case-outcome.ts';
import { differences } from './differences.ts';
import { GuardsAtWork } from './guards-at-work.ts';
import type { RecordedQuestion } from './recorded-question.ts';
import type { Redactor } from './redactor.ts';
import type { TriedGuard } from './tried-guard.ts';

/** Questions that wait to be checked and written; a page of 100 calls with their responses waits a second or two. */
const maxWaiting = 1_000;
/** Characters that the waiting ones have together; one question may have some 50 million. */
const maxWaitingLength = 100_000_000;

/** What was recorded, and what was not. */
export interface RecordCounts {
  written: number;
  /** Of the written ones: their redacted form, or the same question asked again, is answered otherwise. */
  marked: number;
  /** Not written, since an equal case was. */
  equal: number;
  /** Not written: too many at once, or more than wanted. */
  dropped: number;
  /** Not written: of guards that are not in the configuration, or messages that cannot be read. */
  leftOut: number;
}

/** What a recorder works with. */
export interface RecorderTerms {
  readonly folder: string;
  readonly guards: readonly GuardConfig[];
  readonly redactor: Redactor;
  /** Cases to write at most. */
  readonly maxCases: number;
  /** Told of each case. */
  readonly onCase: (file: string, marks: readonly string[]) => void;
}

/** Makes cases of questions: redacts each, asks the guard itself whether it goes on to say the same, and writes it. */
export class CaseRecorder {
  readonly counts: RecordCounts = { written: 0, marked: 0, equal: 0, dropped: 0, leftOut: 0 };
  readonly #terms: RecorderTerms;
  readonly #waiting: { question: RecordedQuestion; length: number }[] = [];
  readonly #seen = new Set<string>();
  readonly #guards = new GuardsAtWork();
  #waitingLength = 0;
  #work: Promise<void> | undefined;
  /** Why nothing more can be written. */
  #fault: { readonly error: unknown } | undefined;
  #lastNumber = 0;

  constructor(terms: RecorderTerms) {
    this.#terms = terms;
  }

  take(question: RecordedQuestion): void {
    const length = JSON.stringify(question).length;
    const isTooMuch = this.#waiting.length >= maxWaiting || this.#waitingLength + length > maxWaitingLength;
    if (isTooMuch || this.counts.written >= this.#terms.maxCases) {
      this.counts.dropped++;
      return;
    }
    this.#waiting.push({ question, length });
    this.#waitingLength += length;
    this.#work ??= this.#workOff();
  }

  leaveOut(): void {
    this.counts.leftOut++;
  }

  /** Settles when all that was taken is written. Rejects where it cannot be; nothing may be taken any more. */
  async finish(): Promise<void> {
    await this.#work;
    await this.#guards[Symbol.asyncDispose]();
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  async #workOff(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#waitingLength -= next.length;
      if (this.#fault === undefined) await this.#write(next.question).catch((error) => this.#stop(error));
      else this.counts.dropped++;
    }
    this.#work = undefined;
  }

  #stop(error: unknown): void {
    this.#fault = { error };
  }

  async #write(question: RecordedQuestion): Promise<void> {
    const { guards: configs, folder, redactor, maxCases, onCase } = this.#terms;
    const config = configs.find(({ name }) => name === question.guard);
    if (config === undefined) return this.leaveOut();
    const limits = otherLimits(config);
    const guard = await startedGuard(this.#guards, config, limits);
    if (guard === undefined) return this.leaveOut();
    const asked = { ...question, policy: question.policy ?? config.policy };
    const { redacted, came, used, marks } = await check(guard, asked, redactor);
    const { policy, tool, args, result } = redacted;
    const json = {
      guard: relative(folder, config.path),
      ...(limits === undefined ? {} : { limits }),
      ...(policy === undefined ? {} : { policy }),
      tool,
      args,
      ...(result === undefined ? {} : { result }),
      ...(used.length === 0 ? {} : { backend: answersJson(used) }),
      expect: came,
      recorded: { sha256: question.digest, ...(marks.length === 0 ? {} : { marks }) },
    };
    const key = JSON.stringify(json);
    if (this.#seen.has(key)) this.counts.equal++;
    else if (this.counts.written >= maxCases) this.counts.dropped++;
    else {
      this.#seen.add(key);
      const file = await this.#newFile(tool);
      await writeCase(join(folder, file), json);
      this.counts.written++;
      if (marks.length > 0) this.counts.marked++;
      onCase(file, marks);
    }
  }

  async #newFile(tool: string): Promise<string> {
    const name = tool.replaceAll(/[^\w-]+/g, '-').slice(0, 60);
    for (;;) {
      const file = `${String(++this.#lastNumber).padStart(4, '0')}-${name}.json`;
      const isThere = await access(join(this.#terms.folder, file)).then(
        () => true,
        () => false,
      );
      if (!isThere) return file;
    }
  }
}

/** A redacted question is worth as much as the guard's answer to it. */
async function check(guard: TriedGuard, question: RecordedQuestion, redactor: Redactor) {
  const { signal } = new AbortController();
  const marks: string[] = [];
  if (guard.version.digest !== question.digest)
    marks.push('another version of the guard answered: what is expected comes from the configured file');
  const again = await caseOutcome(guard, question, signal);
  if (differences(again.came, { ...again.came, ...question.came }).length > 0)
    marks.push('asked again, the guard answers otherwise: it may go by the clock, or by what it kept');
  const redacted = redactor.redact({ ...question, backend: again.used, came: again.came });
  const { came, used } = await caseOutcome(guard, redacted, signal);
  const changed = differences(redacted.came, came);
  if (changed.length > 0)
    marks.push('redacted, the guard answers otherwise: keep what it goes by (--keep)', ...places(changed));
  return { redacted, came, used, marks };
}

/** Not what was expected there: a guard may have decoded what nothing was put in place of. */
function places(found: readonly string[]): string[] {
  return [...new Set(found.map((words) => `redacted: another ${words.replace(/:.*/s, '')}`))];
}

async function startedGuard(
  guards: GuardsAtWork,
  { path }: GuardConfig,
  limits: JsonObject | undefined,
): Promise<TriedGuard | undefined> {
  try {
    return await guards.guard(path, limits, new AbortController().signal);
  } catch (error) {
    if (error instanceof GuardError) return undefined;
    throw error;
  }
}

/** The limits that a case has to name. */
function otherLimits({ limits }: GuardConfig): JsonObject | undefined {
  const others = guardLimitNames.filter((name) => limits[name] !== defaultGuardLimits[name]);
  return others.length === 0 ? undefined : Object.fromEntries(others.map((name) => [name, limits[name]]));
}
