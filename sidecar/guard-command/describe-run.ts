import { cleanLine } from '../clean-line.ts';
import type { JsonObject, JsonValue } from '../config/json-value.ts';
import { isJsonObject } from '../config/json-value.ts';
import type { ToldCall } from './canned-backend.ts';
import { type CommandPlace, painted } from './command-place.ts';
import type { LabelStep } from './label-call.ts';

/** Lines, calls and items of an answer that a person is shown; `--json` has them all. */
const maxShown = 50;

const MiB = 1024 * 1024;

/** What a guard run says of the process. */
export interface RunFigures {
  readonly residentBytes: number;
  /** What it may have. */
  readonly residentMiB: number;
}

/** The steps of a labeling as a person reads them. */
export function describeRun(
  place: CommandPlace,
  steps: readonly LabelStep[],
  { residentBytes, residentMiB }: RunFigures,
): readonly string[] {
  const memory = `memory          ${(residentBytes / MiB).toFixed(0)} MiB of the process, which may have ${residentMiB} MiB`;
  return [...steps.flatMap((step) => [...describeStep(place, step), '']), memory];
}

/** Milliseconds with as many digits as say something. */
export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

function describeStep(place: CommandPlace, step: LabelStep): string[] {
  const { asked, outcome, guestMs, elapsedMs, backendCalls, lines } = step;
  const time = `${milliseconds(guestMs)} in the guest, ${milliseconds(elapsedMs)} there and back`;
  const verdict =
    outcome.kind === 'labels'
      ? describeLabels(outcome.labels)
      : [`  ${painted(place, 'red', outcome.code)}  ${cleanLine(outcome.message)}`];
  return [
    painted(place, 'bold', asked),
    ...verdict,
    `  ${painted(place, 'dim', `time          ${time}`)}`,
    ...bounded(backendCalls, (call) => `  backend call  ${describeCall(place, call)}`),
    ...bounded(lines, ({ level, text }) => `  logged        ${level}: ${text}`),
  ];
}

function describeCall(place: CommandPlace, { tool, args, answer, isUnmatched }: ToldCall): string {
  const call = `${cleanLine(tool, 120)} ${cleanLine(JSON.stringify(args), 400)}`;
  const note = isUnmatched
    ? painted(place, 'yellow', `${answer}: nothing in --backend is for this call`)
    : answer;
  return `${call} → ${note}`;
}

function describeLabels(labels: JsonValue): string[] {
  if (!isJsonObject(labels)) return ['  no labels: those of the resource hold for all of it'];
  const { paths, items, defaultLabels, itemsPath } = labels;
  if (Array.isArray(paths)) {
    const where =
      typeof itemsPath === 'string' ? [`  items at      ${JSON.stringify(cleanLine(itemsPath))}`] : [];
    const rest = isJsonObject(defaultLabels) ? [`  the rest      ${tagsOf(defaultLabels)}`] : [];
    return [...where, ...bounded(paths, describePath), ...rest];
  }
  if (Array.isArray(items))
    return bounded(items, (each, index) => `  item ${index}        ${labelsOf(each)}`);
  const { mode, operation, description } = labels;
  return [
    ...named('secrecy', listOf(labels.secrecy)),
    ...named('integrity', listOf(labels.integrity)),
    ...named('mode', mode),
    ...named('operation', operation),
    ...named('description', description),
  ];
}

function describePath(each: JsonValue): string {
  const path = isJsonObject(each) && typeof each.path === 'string' ? each.path : '';
  return `  ${cleanLine(path, 120)}  ${labelsOf(each)}`;
}

function labelsOf(entry: JsonValue): string {
  const labels = isJsonObject(entry) ? entry.labels : undefined;
  return isJsonObject(labels) ? tagsOf(labels) : 'no labels: the default holds';
}

function tagsOf({ secrecy, integrity }: JsonObject): string {
  return `secrecy ${listOf(secrecy)}  integrity ${listOf(integrity)}`;
}

function listOf(tags: JsonValue | undefined): string {
  const texts = Array.isArray(tags) ? tags.map((tag) => JSON.stringify(cleanLine(String(tag), 200))) : [];
  return texts.length === 0 ? '[]' : `[${texts.join(', ')}]`;
}

function named(name: string, value: JsonValue | undefined): string[] {
  return typeof value === 'string' ? [`  ${name.padEnd(14)}${cleanLine(value)}`] : [];
}

function bounded<T>(all: readonly T[], line: (each: T, index: number) => string): string[] {
  const shown = all.slice(0, maxShown).map(line);
  const rest = all.length - shown.length;
  return rest > 0 ? [...shown, `  … and ${rest} more: --json shows them`] : shown;
}
