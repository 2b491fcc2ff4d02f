// What the validator process says: one line of JSON. The sidecar reads it as something foreign.

/** What a module may use that guards may not, in the validator's words. */
export const refusedFeatures = [
  'exceptions',
  'threads',
  'function_references',
  'tail_call',
  'gc',
  'memory64',
  'multi_memory',
  'relaxed_simd',
] as const;

export type RefusedFeature = (typeof refusedFeatures)[number];

export type Verdict =
  /** It is a module of the features that guards may use. */
  | { readonly kind: 'valid' }
  /** With these features besides, it would be valid; without any one of them not. */
  | { readonly kind: 'feature'; readonly features: readonly RefusedFeature[] }
  /** No feature makes it valid; `words` are the validator's, about a module that chose some of them. */
  | { readonly kind: 'invalid'; readonly words: string }
  /** The validator gave up on it: its stack or its memory ended. */
  | { readonly kind: 'beyond'; readonly words: string };
