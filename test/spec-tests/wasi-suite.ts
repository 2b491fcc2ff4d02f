/** The modules of the WASI test suite for preview 1: programs, and beside each what it gets and what must come of it. */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One program of the suite. */
export interface WasiCase {
  readonly name: string;
  readonly path: string;
  readonly exitCode: number;
  readonly stdout: string | undefined;
  /** What it gets that guards do not have: arguments, an environment, a folder. */
  readonly needs: readonly string[];
}

/** Every module below `folder` that exports `_start`, and is not part of a core suite. */
export async function wasiCases(folder: string): Promise<WasiCase[]> {
  const paths = globSync('**/wasm32-wasip1/*.wasm', { cwd: folder }).sort();
  return Promise.all(paths.map((path) => caseOf(join(folder, path))));
}

async function caseOf(path: string): Promise<WasiCase> {
  const said = await expectation(path.replace(/\.wasm$/, '.json'));
  const hasEntries = (key: string) => Object.keys(Object(said[key])).length > 0;
  const needs = ['args', 'env', 'root', 'dirs'].filter(
    (key) => typeof said[key] === 'string' || hasEntries(key),
  );
  return {
    name: basename(path, '.wasm'),
    path,
    exitCode: Number(said.exit_code ?? 0),
    stdout: typeof said.stdout === 'string' ? said.stdout : undefined,
    needs,
  };
}

/** Nothing is said of many programs: they end with 0. */
async function expectation(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const said: unknown = JSON.parse(text);
  return typeof said === 'object' && said !== null ? { ...said } : {};
}
