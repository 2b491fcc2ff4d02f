import { readFileSync } from 'node:fs';
import type { Labels } from '../../../gateway/monitor/labels.ts';

/** Labels as vectors spell them. */
export interface LabelsVector {
  readonly secrecy: readonly string[];
  readonly integrity: readonly string[];
}

/** What all vectors have. */
export interface Vector {
  readonly id: string;
  readonly group: string;
}

/** The vectors of one file of test/vectors. The caller says what is in it. */
export function readVectors<V extends Vector>(name: string): readonly V[] {
  const file = new URL(`../../vectors/${name}.json`, import.meta.url);
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as { vectors: V[] };
  return parsed.vectors;
}

/** Labels as the monitor takes them. */
export function labels({ secrecy, integrity }: LabelsVector): Labels {
  return { secrecy: new Set(secrecy), integrity: new Set(integrity) };
}

/** Labels as vectors expect them: sorted by code unit. */
export function sorted({ secrecy, integrity }: Labels): LabelsVector {
  return { secrecy: [...secrecy].sort(), integrity: [...integrity].sort() };
}

/** A reason code as vectors spell it. */
export function category(reason: string): string {
  return reason.toLowerCase().replaceAll('_', '-');
}
