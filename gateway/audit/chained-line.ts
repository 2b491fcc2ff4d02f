import { isJsonObject, type JsonObject, type JsonValue } from '../policy/json-value.ts';
import type { ChainHead } from './line-hash.ts';

/** A line of a trail as it was read. */
export interface ChainedLine {
  readonly seq: number;
  /** The hash of the line before. */
  readonly prev: string;
  readonly value: JsonObject;
}

/** Puts an event, the JSON of an object that is not empty, behind the head of a chain. Without a line feed. */
export function chainedLine({ seq, hash }: ChainHead, event: string): string {
  return `{"seq":${seq + 1},"prev":"${hash}",${event.slice(1)}`;
}

/** Reads a line; nothing where it is no line of a trail. */
export function parseChainedLine(line: Uint8Array): ChainedLine | undefined {
  try {
    const value: JsonValue = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    if (!isJsonObject(value)) return undefined;
    const { seq, prev } = value;
    const isChained = typeof seq === 'number' && Number.isSafeInteger(seq) && typeof prev === 'string';
    return isChained && /^[0-9a-f]{64}$/.test(prev) ? { seq, prev, value } : undefined;
  } catch {
    return undefined;
  }
}
