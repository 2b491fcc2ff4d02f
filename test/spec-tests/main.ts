/**
 * Runs public test suites against what a sidecar does with a module: `npm run spec-tests -- DIR…`. A folder holds what
 * `wast2json` made of the WebAssembly core test suite, or modules of the WASI preview 1 test suite, or both. The exit
 * code is 1 when a module meets the wrong end.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from '../bench/markdown-table.ts';
import { coreReport } from './core-report.ts';
import { coreCases } from './core-suite.ts';
import { wasiReport } from './wasi-report.ts';
import { wasiCases } from './wasi-suite.ts';

const here = import.meta.dirname;
const say = (text: string) => process.stdout.write(`${text}\n`);

/** How many modules met the wrong end. */
async function runCore(folder: string): Promise<number> {
  const cases = await coreCases(folder);
  if (cases.length === 0) return 0;
  const { counts, wrong } = await coreReport(cases, folder, join(here, 'core-judge.ts'));
  const rows = [...counts].sort().map(([end, count]) => [end, String(count)]);
  say(`\nWebAssembly core test suite in ${folder}: ${cases.length} modules, ${wrong.length} wrong\n`);
  say(markdownTable(['the suite says: what happened', 'modules'], rows));
  for (const line of wrong) say(`wrong: ${line}`);
  return wrong.length;
}

async function runWasi(folder: string): Promise<number> {
  const cases = await wasiCases(folder);
  if (cases.length === 0) return 0;
  const results = await wasiReport(cases, join(here, 'wasi-run.ts'));
  const failed = results.filter(({ end }) => end === 'failed');
  const count = (end: string) => results.filter((result) => result.end === end).length;
  say(`\nWASI preview 1 test suite in ${folder}: ${results.length} modules, ${count('passed')} passed,`);
  say(`${count('not applicable')} not applicable, ${failed.length} failed\n`);
  say(
    markdownTable(
      ['module', 'end', 'why'],
      results.map(({ name, end, why }) => [name, end, why]),
    ),
  );
  return failed.length;
}

const { positionals } = parseArgs({ allowPositionals: true });
if (positionals.length === 0) throw new Error('name the folders that hold the suites');
let wrong = 0;
for (const folder of positionals) wrong += (await runCore(folder)) + (await runWasi(folder));
process.exitCode = wrong > 0 ? 1 : 0;
