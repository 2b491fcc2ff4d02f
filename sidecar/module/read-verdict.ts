import { type RefusedFeature, refusedFeatures, type Verdict } from '../validator/verdict.ts';

/** The verdict that a validator process printed; nothing where it is none. The module may have taken the validator over. */
export function readVerdict(output: string): Verdict | undefined {
  const said = parsed(output);
  if (typeof said !== 'object' || said === null || !('kind' in said)) return undefined;
  const { kind } = said;
  if (kind === 'valid') return { kind };
  if (kind === 'feature' && 'features' in said) {
    const features = readFeatures(said.features);
    return features === undefined ? undefined : { kind, features };
  }
  if ((kind === 'invalid' || kind === 'beyond') && 'words' in said && typeof said.words === 'string') {
    return { kind, words: said.words };
  }
  return undefined;
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function readFeatures(said: unknown): RefusedFeature[] | undefined {
  if (!Array.isArray(said) || said.length === 0) return undefined;
  const features = refusedFeatures.filter((feature) => said.includes(feature));
  return features.length === said.length ? features : undefined;
}
