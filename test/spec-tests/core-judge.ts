/**
 * Judges modules as a sidecar would before it runs them, in a process that can be killed: takes paths on standard input,
 * one a line, and answers each with one line of JSON. What a guard must export is left out, or nearly all would end there.
 */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import createWabt from 'wabt';
import { GuardError } from '../../sidecar/guard-error.ts';
import { readWasmModule } from '../../sidecar/module/wasm-module.ts';
import { judge } from '../../sidecar/validator/judge.ts';
import type { Judgement } from './judgement.ts';

let wabt = await createWabt();

async function judgementOf(module: Uint8Array<ArrayBuffer>): Promise<Judgement> {
  const problem = structuralProblem(module);
  if (problem !== undefined) return { by: 'structure', words: problem };
  const verdict = judge(wabt, module);
  if (verdict.kind === 'feature') return { by: 'feature', words: verdict.features.join(' and ') };
  if (verdict.kind === 'beyond') wabt = await createWabt();
  if (verdict.kind !== 'valid') return { by: 'validator', words: verdict.words };
  try {
    new WebAssembly.Module(module);
    return { by: 'nobody', words: '' };
  } catch (error) {
    return { by: 'engine', words: error instanceof Error ? error.message : 'something' };
  }
}

function structuralProblem(module: Uint8Array): string | undefined {
  try {
    readWasmModule(module);
    return undefined;
  } catch (error) {
    if (error instanceof GuardError) return error.message;
    throw error;
  }
}

for await (const path of createInterface({ input: process.stdin })) {
  const judgement = await judgementOf(new Uint8Array(await readFile(path)));
  process.stdout.write(`${JSON.stringify(judgement)}\n`);
}
