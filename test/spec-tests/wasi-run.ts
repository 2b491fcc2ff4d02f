/**
 * Runs programs of WASI preview 1 on the functions that guests get, in a process that can be killed: takes paths on
 * standard input, one a line, and answers each with one line of JSON. Guards' `_start` never runs; here it does, since
 * the suite is made of programs.
 */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { GuestFailure } from '../../sidecar/guest/guest-failure.ts';
import { GuestLog } from '../../sidecar/guest/guest-log.ts';
import { HostImports } from '../../sidecar/guest/host-imports.ts';
import type { WasiRun } from './wasi-report.ts';

const maxLines = 1_000;

async function run(bytes: Uint8Array<ArrayBuffer>): Promise<WasiRun> {
  const lines: string[] = [];
  const host = new HostImports(
    new GuestLog((level, line) => lines.push(`${level} ${Buffer.from(line)}`), maxLines),
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), host.imports);
  const { memory, _start } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof _start !== 'function')
    return { exitCode: undefined, failure: 'it is no program with a memory', lines };
  host.attach(memory);
  host.beginCall(async (wait) => {
    if (wait.kind === 'sleep') await delay(wait.milliseconds);
    return new Uint8Array(0);
  });
  const failure = await WebAssembly.promising(_start)().then(() => undefined, wordsOf);
  host.endCall();
  const code = failure === undefined ? '0' : /^it exited with code (\d+)$/.exec(failure)?.[1];
  return { exitCode: code === undefined ? undefined : Number(code), failure, lines };
}

function wordsOf(error: unknown): string {
  return error instanceof GuestFailure || error instanceof Error ? error.message : String(error);
}

async function runAt(path: string): Promise<WasiRun> {
  try {
    return await run(new Uint8Array(await readFile(path)));
  } catch (error) {
    return { exitCode: undefined, failure: wordsOf(error), lines: [] };
  }
}

for await (const path of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await runAt(path))}\n`);
}
