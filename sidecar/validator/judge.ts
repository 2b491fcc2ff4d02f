import type createWabt from 'wabt';
import { codeParts } from './code-parts.ts';
import { type RefusedFeature, refusedFeatures, type Verdict } from './verdict.ts';

export type Wabt = Awaited<ReturnType<typeof createWabt>>;

/** What importing wabt gives. */
export interface WabtModule {
  readonly default: typeof createWabt;
}

/** A module as it can be used: the package's types leave out that `validate` takes features, too. */
interface ReadModule {
  validate(features: object): void;
  destroy(): void;
}

/** What guards may use: WebAssembly 2.0 as wazero's "core features v2" has it, and extended constants. */
const allowed = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  extended_const: true,
};

/**
 * Code that is validated at once. What the validator makes of code takes up to sixty times its size in memory: more than
 * a gigabyte for a module of 30 MB, 130 MiB for a part.
 */
const partBytes = 2 * 1024 * 1024;

/** The validator's own limit, of 16,384 levels; no rule of WebAssembly. */
const tooDeep = 'max nesting depth';

/** Whether `module`, an array with a buffer to itself, is valid WebAssembly of the features that guards may use. */
export function judge(wabt: Wabt, module: Uint8Array<ArrayBuffer>): Verdict {
  try {
    for (const part of codeParts(module, partBytes)) {
      const problem = problemOf(wabt, part, []);
      if (problem?.includes(tooDeep)) return { kind: 'beyond', words: problem };
      if (problem !== undefined) return refusal(wabt, part, problem);
    }
    return { kind: 'valid' };
  } catch (error) {
    return { kind: 'beyond', words: breakdown(error) };
  }
}

/** Why the validator could not go on. It aborts when its memory is full. */
function breakdown(error: unknown): string {
  const words = error instanceof Error ? error.message : 'it threw something';
  return words.startsWith('Aborted') ? 'out of memory' : words;
}

/** Which features it takes, where it is only a matter of features. */
function refusal(wabt: Wabt, part: Uint8Array<ArrayBuffer>, problem: string): Verdict {
  const isValidWith = (features: readonly RefusedFeature[]) => problemOf(wabt, part, features) === undefined;
  try {
    const single = refusedFeatures.find((feature) => isValidWith([feature]));
    if (single !== undefined) return { kind: 'feature', features: [single] };
    if (isValidWith(refusedFeatures)) return { kind: 'feature', features: smallestSet(isValidWith) };
  } catch {
    // The experimental features are the validator's least tested parts; what it said without them stands.
  }
  return { kind: 'invalid', words: problem };
}

/** Leaves out what can be left out, one after the other. */
function smallestSet(
  isValidWith: (features: readonly RefusedFeature[]) => boolean,
): readonly RefusedFeature[] {
  return refusedFeatures.reduce<readonly RefusedFeature[]>((needed, feature) => {
    const others = needed.filter((each) => each !== feature);
    return isValidWith(others) ? others : needed;
  }, refusedFeatures);
}

/** The validator's first complaint; none when the module is valid. Throws when it could not go on. */
function problemOf(
  wabt: Wabt,
  bytes: Uint8Array<ArrayBuffer>,
  features: readonly RefusedFeature[],
): string | undefined {
  const options = { ...allowed, ...Object.fromEntries(features.map((feature) => [feature, true])) };
  try {
    const module: ReadModule = wabt.readWasm(bytes, options);
    try {
      module.validate(options);
    } finally {
      module.destroy();
    }
    return undefined;
  } catch (error) {
    const complaint = error instanceof Error ? /^\w+ failed:\n(.*)/.exec(error.message)?.[1] : undefined;
    if (complaint === undefined) throw error;
    return complaint.replace(/^(<binary>:)?([0-9a-f]+: )?error: /, '');
  }
}
