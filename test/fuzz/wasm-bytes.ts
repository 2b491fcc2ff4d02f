/** Fuzzes what a sidecar does with a guard's file: admission, and for a sample the validator and a guard process. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GuardError } from '../../sidecar/guard-error.ts';
import { admit } from '../../sidecar/module/admission.ts';
import { validateModule } from '../../sidecar/module/validate-module.ts';
import { GuardProcess } from '../../sidecar/process/guard-process.ts';
import { programOf } from '../harness/guard-program.ts';
import { handMadeGuard, named, repeated } from '../harness/hand-made-guard.ts';
import { defaultAdmission, sentenceOf } from '../harness/module-refusal.ts';
import { guardBytes } from '../harness/wasm-guard.ts';
import { RandomChoice } from './random-choice.ts';
import { damaged } from './wasm-bytes-mutation.ts';

const guards = join(import.meta.dirname, '..', '..', 'guards');
const guests = [
  'logs',
  'calls-backend',
  'needs-initialize',
  'tail-calls',
  'catches-everything',
  'touches-memory',
];

/** One admitted module of so many is validated, and where it is valid, started in a guard process. */
const sampleEvery = 40;

/** Reading a module takes milliseconds; this tells slow from never on the busiest machine. */
const admissionMs = 5_000;

const never = new AbortController().signal;

/** How many modules were tried, and what became of them. */
export interface WasmBytesCounts {
  readonly runs: number;
  readonly refused: number;
  readonly accepted: number;
}

/**
 * Damages real modules and has them judged: each is admitted or refused with a GuardError of one clean line. Throws on the
 * first violation, with the seed and the iteration in its message.
 */
export async function fuzzWasmBytes(options: { seed: number; iterations: number }): Promise<WasmBytesCounts> {
  const choice = new RandomChoice(options.seed);
  const modules = await realModules();
  let accepted = 0;
  for (let iteration = 0; iteration < options.iterations; iteration++) {
    const module = damaged(choice.pick(modules), choice, choice.pick(modules));
    try {
      if (!isAdmitted(module)) continue;
      accepted++;
      if (accepted % sampleEvery === 0) await loadWhole(module);
    } catch (cause) {
      throw new Error(`seed ${options.seed}, iteration ${iteration}: ${cause}`, { cause });
    }
  }
  return { runs: options.iterations, accepted, refused: options.iterations - accepted };
}

/** What tool chains and assemblers made. */
async function realModules(): Promise<Uint8Array[]> {
  const built = ['rules', 'scripted'].map((name) => readFile(join(guards, name, `${name}.wasm`)));
  const handMade = handMadeGuard({
    custom: [named('name', repeated(50, 1))],
    functions: [repeated(2, 0, 0x0b)],
  });
  return [handMade, ...(await Promise.all([...built, ...guests.map(guardBytes)]))];
}

function isAdmitted(module: Uint8Array): boolean {
  const start = performance.now();
  try {
    admit(module, defaultAdmission);
    return true;
  } catch (error) {
    sentenceOf(error);
    return false;
  } finally {
    assert.ok(performance.now() - start < admissionMs, 'admission took too long');
  }
}

/** The validator and, where it finds nothing, the engine: each may refuse it and must not fail otherwise. */
async function loadWhole(module: Buffer): Promise<void> {
  try {
    await validateModule(module, never);
    const limits = { memoryPages: 64, cpuMs: 300 };
    const started = await GuardProcess.start(programOf(module, limits), never);
    started.kill(new GuardError('SHUTTING_DOWN', 'the fuzzer has seen it'));
    await started.exited;
  } catch (error) {
    sentenceOf(error);
  }
}
