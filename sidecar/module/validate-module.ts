import { createHash } from 'node:crypto';
import { cleanLine } from '../clean-line.ts';
import { GuardError } from '../guard-error.ts';
import { maxValidators, maxVerdicts } from '../limits.ts';
import type { RefusedFeature, Verdict } from '../validator/verdict.ts';
import { BoundedMap } from './bounded-map.ts';
import { Semaphore } from './semaphore.ts';
import { SharedTask } from './shared-task.ts';
import { askValidator } from './validator-process.ts';

/** Why a module is refused, by its digest; nothing for one that is valid. The oldest are forgotten. */
const verdicts = new BoundedMap<string, string | undefined>(maxVerdicts);
const running = new Map<string, SharedTask<string | undefined>>();
const validators = new Semaphore(maxValidators);

/**
 * Validates a whole module, function bodies included: it is WebAssembly 2.0, perhaps with extended constants, and uses no
 * feature beyond that. The work is done in a process of its own, once for equal modules.
 *
 * @throws GuardError GUARD_UNAVAILABLE: what is wrong with the module, and what to do. INTERNAL when it could not be
 * validated, which says nothing about the module. The signal's reason.
 */
export async function validateModule(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const digest = createHash('sha256').update(bytes).digest('hex');
  const refusal = verdicts.has(digest) ? verdicts.get(digest) : await taskFor(digest, bytes).join(signal);
  if (refusal !== undefined) throw new GuardError('GUARD_UNAVAILABLE', refusal);
}

function taskFor(digest: string, bytes: Uint8Array): SharedTask<string | undefined> {
  const known = running.get(digest);
  if (known !== undefined && !known.isAbandoned) return known;
  const task = new SharedTask(async (abandoned) => {
    try {
      const refusal = await refusalOf(bytes, abandoned);
      verdicts.set(digest, refusal);
      return refusal;
    } finally {
      if (running.get(digest) === task) running.delete(digest);
    }
  });
  running.set(digest, task);
  return task;
}

/** Why it is refused, if it is. Throws what says nothing about the module. */
async function refusalOf(bytes: Uint8Array, signal: AbortSignal): Promise<string | undefined> {
  using _place = await validators.take(signal);
  try {
    return sentenceOf(await askValidator(bytes, signal));
  } catch (error) {
    if (error instanceof GuardError && error.code === 'GUARD_UNAVAILABLE') return error.message;
    throw error;
  }
}

function sentenceOf(verdict: Verdict): string | undefined {
  switch (verdict.kind) {
    case 'valid':
      return undefined;
    case 'feature':
      return featureSentence(verdict.features);
    case 'invalid':
      return invalidSentence(cleanLine(verdict.words, 300));
    case 'beyond':
      return `it is too large or too deep to be validated (${cleanLine(verdict.words, 300)}); build it with smaller functions`;
  }
}

function featureSentence(features: readonly RefusedFeature[]): string {
  const names = features.map((feature) => featureWords[feature].name).join(' and ');
  const options = features.map((feature) => featureWords[feature].without).join(', ');
  return `it uses ${names}, which guards may not; build it without that (${options})`;
}

function invalidSentence(words: string): string {
  const proposal = proposals.find(({ complaint }) => complaint.test(words));
  if (proposal === undefined) return `it is no valid WebAssembly module (${words}); build or copy it again`;
  const { feature } = proposal;
  return `it is no valid WebAssembly module for guards (${words}, of ${feature}); build it without that`;
}

/** What belongs to proposals that the validator does not know. */
const proposals: readonly { complaint: RegExp; feature: string }[] = [
  { complaint: /^unexpected opcode: 0xfb/, feature: 'garbage collection' },
  // It came with that proposal; before, a constant could refer to imported globals only.
  {
    complaint: /^initializer expression can only reference an imported global/,
    feature: 'garbage collection',
  },
  { complaint: /^unexpected opcode: 0xe[0-6]/, feature: 'stack switching' },
  { complaint: /^unexpected opcode: 0x(14|15|d[3-6])/, feature: 'typed function references' },
];

/** What people call a feature, and how tool chains are told to leave it out. */
const featureWords: Record<RefusedFeature, { name: string; without: string }> = {
  exceptions: { name: 'exceptions of WebAssembly', without: 'clang: -fno-exceptions; Rust: panic=abort' },
  threads: {
    name: 'threads (shared memory or atomic instructions)',
    without: 'clang: -mno-atomics, no -pthread',
  },
  function_references: { name: 'typed function references', without: 'target plain wasm32' },
  tail_call: { name: 'tail calls', without: 'clang: -mno-tail-call; Rust: -C target-feature=-tail-call' },
  gc: { name: 'garbage-collected types', without: 'use a compiler that keeps its data in linear memory' },
  memory64: { name: '64-bit memory', without: 'target wasm32' },
  multi_memory: { name: 'several memories', without: 'clang: -mno-multimemory' },
  relaxed_simd: { name: 'relaxed SIMD', without: 'clang: -mno-relaxed-simd; plain -msimd128 is fine' },
};
