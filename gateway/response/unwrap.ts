import { scanJson } from './json-scanner.ts';
import { elementsOf, type JsonNode, type JsonTape, kindOf, memberOf, ROOT, stringOf } from './json-tape.ts';
import { ResponseError } from './response-error.ts';

/** The part of a document that one text item of a result holds. */
export interface DocumentPart {
  /** The item in `content`. */
  readonly item: JsonNode;
  /** Its `text`. */
  readonly string: JsonNode;
  /** Where the part begins in the document. */
  readonly offset: number;
}

/** The JSON document that the text items of a result make when they are joined. */
export interface WrappedDocument {
  readonly tape: JsonTape;
  /** The parts in order; none of them is empty. */
  readonly parts: readonly DocumentPart[];
}

/** A tool result, and the document inside it if there is one. */
export interface Unwrapped {
  readonly result: JsonTape;
  readonly document: WrappedDocument | undefined;
}

/**
 * Scans a tool result, and the JSON in its text items. Items without a type count as text.
 * @throws ResponseError `invalid-json` when the result is no JSON, `too-deep` when it or the document is nested too
 * deeply, `ambiguous` when it repeats a name that matters here.
 */
export function unwrap(resultText: string): Unwrapped {
  const result = scanJson(resultText);
  const parts = textParts(result);
  const text = parts.map(({ string }) => stringOf(result, string)).join('');
  const tape = scanIfJson(text);
  return { result, document: tape && { tape, parts } };
}

/** The array under `content`, where a result has one. */
export function contentOf(result: JsonTape): JsonNode | undefined {
  if (kindOf(result, ROOT) !== 'object') return undefined;
  const content = memberOf(result, ROOT, 'content');
  return content !== undefined && kindOf(result, content) === 'array' ? content : undefined;
}

function textParts(result: JsonTape): DocumentPart[] {
  const content = contentOf(result);
  if (content === undefined) return [];
  const parts: DocumentPart[] = [];
  let offset = 0;
  for (const item of elementsOf(result, content)) {
    const string = textOf(result, item);
    const length = string === undefined ? 0 : stringOf(result, string).length;
    if (string === undefined || length === 0) continue;
    parts.push({ item, string, offset });
    offset += length;
  }
  return parts;
}

function textOf(result: JsonTape, item: JsonNode): JsonNode | undefined {
  if (kindOf(result, item) !== 'object') return undefined;
  const type = memberOf(result, item, 'type');
  const text = type === undefined || isTextType(result, type) ? memberOf(result, item, 'text') : undefined;
  return text !== undefined && kindOf(result, text) === 'string' ? text : undefined;
}

function isTextType(result: JsonTape, type: JsonNode): boolean {
  return kindOf(result, type) === 'string' && ['text', ''].includes(stringOf(result, type));
}

/** A document that is nested too deeply is refused, not taken for prose: a guard may have labelled what is in it. */
export function scanIfJson(text: string): JsonTape | undefined {
  try {
    return scanJson(text);
  } catch (error) {
    if (error instanceof ResponseError && error.code === 'invalid-json') return undefined;
    throw error;
  }
}
