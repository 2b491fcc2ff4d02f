import type { JsonObject, JsonValue } from '../config/json-value.ts';
import { isJsonObject } from '../config/json-value.ts';
import { answersJson, readAnswers } from './canned-backend.ts';
import { changeMembers, changeStrings } from './json-strings.ts';
import { covers, type PlacePattern, readPlacePattern } from './place-pattern.ts';
import type { RecordedQuestion } from './recorded-question.ts';
import { WordPlaceholders, wordPattern } from './word-placeholders.ts';

/** What MCP and the ABI say in strings, rather than whoever uses them. */
const structure = [
  '/policy',
  '/result/content/*/type',
  '/result/content/*/mimeType',
  '/backend/*/tool',
  '/backend/*/error/code',
  '/backend/*/result/content/*/type',
  '/backend/*/result/content/*/mimeType',
].map(readPlacePattern);

/** What of an answer comes from what the guard was told; the rest are pointers and words of the ABI. */
const told: ReadonlySet<string> = new Set(['secrecy', 'integrity', 'description', 'data']);

/**
 * Puts placeholders for the words of all strings in a question: of the arguments, the result, and the backend's answers.
 * What the policy says is kept, and so are tool names and what is at the places to keep; a word that is kept in one place
 * is kept in all, so that rules go on to match. Keys, numbers and truth values stay.
 */
export class Redactor {
  readonly #kept: readonly PlacePattern[];
  readonly #words = new WordPlaceholders();

  constructor(kept: readonly PlacePattern[]) {
    this.#kept = [...structure, ...kept];
  }

  redact(question: RecordedQuestion): RecordedQuestion {
    const { policy, tool, args, result, backend } = question;
    const inputs = {
      args,
      backend: answersJson(backend),
      ...(policy === undefined ? {} : { policy }),
      ...(result === undefined ? {} : { result }),
    };
    const kept = this.#keptWords(inputs, tool);
    const replaced = new Set<string>();
    const changed = changeMembers(inputs, (text, place) =>
      this.#isKept(place)
        ? text
        : this.#replace(text, (word) => !kept.has(word) && replaced.add(word) !== undefined),
    );
    return {
      ...question,
      args: objectOr(changed.args, args),
      result: result === undefined ? undefined : objectOr(changed.result, {}),
      backend: readAnswers(changed.backend ?? [], 'backend'),
      came: this.#redactLabels(question.came, replaced),
    };
  }

  /** What came of the true question, in the words of the redacted one: what the guard was not told are its own words. */
  #redactLabels(came: JsonObject, replaced: ReadonlySet<string>): JsonObject {
    return changeMembers(came, (text, place) =>
      place.some((key) => told.has(key)) ? this.#replace(text, (word) => replaced.has(word)) : text,
    );
  }

  #keptWords(inputs: JsonObject, tool: string): ReadonlySet<string> {
    const kept = new Set(wordsOf(tool));
    changeStrings(inputs, (text, place) => {
      if (this.#isKept(place)) for (const word of wordsOf(text)) kept.add(word);
      return text;
    });
    return kept;
  }

  #isKept(place: readonly string[]): boolean {
    return this.#kept.some((pattern) => covers(pattern, place));
  }

  #replace(text: string, isReplaced: (word: string) => boolean): string {
    return text.replaceAll(wordPattern, (word) =>
      isReplaced(word.toLowerCase()) ? this.#words.placeholder(word) : word,
    );
  }
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(wordPattern)].map(([word]) => word.toLowerCase());
}

function objectOr(value: JsonValue | undefined, otherwise: JsonObject): JsonObject {
  return isJsonObject(value) ? value : otherwise;
}
