import { cleanLine } from '../clean-line.ts';
import type { JsonObject } from '../config/json-value.ts';
import { guardLimitNames } from '../guard-limits.ts';
import { oneWord, readFlags } from './command-flags.ts';
import { type CommandPlace, painted, writeLines } from './command-place.ts';
import { milliseconds } from './describe-run.ts';
import { guardFile } from './guard-file.ts';
import { type ModuleDeclarations, type ModuleReport, reportModule } from './module-report.ts';
import { optionalObject } from './run-command.ts';

const usage = 'usage: sluice guard inspect FILE.wasm [--limits L] [--json], where L is JSON or @FILE';

/** Names of one kind that a person is shown; `--json` has them all. */
const maxShown = 60;
const MiB = 1024 * 1024;
const pageBytes = 65_536;

/** `sluice guard inspect`: what a guard's file is, and whether a sidecar would serve it: 0, or 1 where it would not. */
export async function inspectCommand(args: readonly string[], place: CommandPlace): Promise<number> {
  const flags = readFlags(args, { limits: 'text', json: 'switch' });
  const path = oneWord(flags, usage);
  const config = await guardFile(path, await optionalObject(flags, 'limits'));
  const report = await reportModule(config, new AbortController().signal);
  const lines = flags.has('json') ? [JSON.stringify(report, undefined, 2)] : describe(place, report);
  await writeLines(place, lines);
  return report.problems.length === 0 ? 0 : 1;
}

function describe(place: CommandPlace, report: ModuleReport): string[] {
  const { declares, limits, start, problems, advice } = report;
  return [
    row('file', cleanLine(report.file)),
    row('sha256', report.digest),
    row('size', `${report.moduleBytes.toLocaleString('en')} bytes`),
    ...(declares === undefined ? [] : describeDeclarations(place, declares)),
    row('limits', guardLimitNames.map((name) => `${name} ${limits[name].toLocaleString('en')}`).join(', ')),
    ...(start === undefined
      ? []
      : [
          row(
            'starts',
            `in ${milliseconds(start.elapsedMs)}, with ${(start.residentBytes / MiB).toFixed(0)} MiB`,
          ),
        ]),
    ...advice.map((words) => `${painted(place, 'yellow', 'better')}    ${words}`),
    ...problems.map((words) => `${painted(place, 'red', 'wrong')}     ${words}`),
    problems.length === 0
      ? painted(place, 'green', 'a sidecar serves it')
      : painted(place, 'red', `a sidecar does not serve it: ${problems.length} found`),
  ];
}

function describeDeclarations(place: CommandPlace, declares: ModuleDeclarations): string[] {
  const { exports, imports, memories, tables, hasStart } = declares;
  return [
    ...rows(
      'exports',
      exports.map(({ name, kind, signature }) => `${cleanName(name)} ${signature ?? kind}`),
    ),
    ...rows(
      'imports',
      imports.map((each) => describeImport(place, each)),
    ),
    ...rows('memory', memories.map(describeMemory)),
    ...rows(
      'table',
      tables.map((table) => range(table, (entries) => `${entries.toLocaleString('en')} entries`)),
    ),
    ...(hasStart ? [row('at start', 'a start section, which runs whenever an instance is made')] : []),
  ];
}

function describeImport(place: CommandPlace, each: JsonObject): string {
  const { module, name, kind, signature, isAllowed } = each;
  const verdict = isAllowed === true ? '' : painted(place, 'red', '  not allowed');
  return `${cleanName(module)}.${cleanName(name)} ${signature ?? kind}${verdict}`;
}

function describeMemory(memory: JsonObject): string {
  return range(
    memory,
    (pages) => `${pages.toLocaleString('en')} of 64 KiB (${(pages * pageBytes) / MiB} MiB)`,
  );
}

function range({ minimum, maximum }: JsonObject, show: (count: number) => string): string {
  const most = maximum === undefined ? 'no maximum of its own' : `at most ${show(Number(maximum))}`;
  return `starts with ${show(Number(minimum))}, ${most}`;
}

function rows(name: string, values: readonly string[]): string[] {
  if (values.length === 0) return [row(name, 'none')];
  const rest = values.length - maxShown;
  const shown = rest > 0 ? [...values.slice(0, maxShown), `… and ${rest} more: --json shows them`] : values;
  return shown.map((value, index) => row(index === 0 ? name : '', value));
}

function row(name: string, value: string): string {
  return `${name.padEnd(9)} ${value}`;
}

function cleanName(name: unknown): string {
  return cleanLine(String(name), 120);
}
