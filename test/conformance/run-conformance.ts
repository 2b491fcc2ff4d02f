import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ConformanceReport, Revision } from './conformance-report.ts';
import { readResults, scoredScenarios } from './read-results.ts';

/** A run takes 2 to 3 s; one that hangs is ended after this, in milliseconds. */
const runTimeoutMs = 60_000;

/**
 * Runs the official conformance suite against a server, with the requirements of a revision. Throws where the suite
 * itself breaks down or takes too long; what the server does wrong is in the report.
 */
export async function runConformance(url: string, revision: Revision): Promise<ConformanceReport> {
  const suite = import.meta.resolve('@modelcontextprotocol/conformance/package.json');
  const requirements = await readFile(new URL(`requirements/${revision}.yaml`, suite), 'utf8');
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sluice-conformance-'));
  const program = fileURLToPath(new URL('dist/index.js', suite));
  const args = ['server', '--url', url, '--requirements', revision, '--output-dir', folder.path];
  const complaint = await run([program, ...args]);
  const scenarios = await readResults(folder.path);
  if (scenarios.size === 0) throw new Error(`the conformance suite ran no scenario: ${complaint}`);
  return { scored: scoredScenarios(requirements), scenarios };
}

/** Runs a Node program to its end; what it wrote to standard error. Its exit code says what its files say, too. */
async function run(args: readonly string[]): Promise<string> {
  const signal = AbortSignal.timeout(runTimeoutMs);
  const stdio = ['ignore', 'ignore', 'pipe'] as const;
  const child = spawn(process.execPath, args, { stdio: [...stdio], signal, killSignal: 'SIGKILL' });
  const ended = Promise.all([text(child.stderr), once(child, 'close')]);
  const [complaint] = await ended.catch((cause) => {
    throw new Error(`the conformance suite did not end within ${runTimeoutMs} ms, or did not start`, {
      cause,
    });
  });
  return complaint;
}
