// Reads a policy that a person wrote: every mistake ends in one sentence that says where it is and what to do. The first
// one counts; after it reading goes on with empty values, and the result is thrown away.

import { JsonDocument, JsonKind, NOWHERE } from '../../json/json-document';
import { JsonPointer, parsePointer } from '../../json/json-pointer';
import { quoted } from '../../json/json-quote';
import { tagSet } from './labels';

/** The key for people: allowed in every object of a policy, and never looked at. */
const COMMENT: string = 'about';

export class PolicySource {
  /** The first mistake; empty while there is none. */
  fault: string = '';

  constructor(readonly document: JsonDocument) {}

  refuse(place: string, sentence: string): void {
    if (this.fault.length == 0) this.fault = (place.length == 0 ? 'the policy' : place) + ': ' + sentence;
  }

  /** Whether there is an object at `value`; its keys must be among `allowed`. */
  isObject(value: i32, place: string, allowed: string[]): bool {
    if (!this.isMap(value, place)) return false;
    const keys = this.document.keys(value);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] == COMMENT || allowed.includes(keys[i])) continue;
      this.refuse(
        place,
        'unknown key ' + quoted(keys[i]) + '; the keys here are ' + allowed.join(', ') + ', about',
      );
    }
    if (this.has(value, COMMENT)) this.text(value, COMMENT, place);
    return true;
  }

  /** Whether there is an object at `value`, whose keys are the operator's own. */
  isMap(value: i32, place: string): bool {
    if (!this.document.is(value, JsonKind.Object)) {
      this.refuse(place, 'must be an object');
      return false;
    }
    const keys = this.document.keys(value);
    for (let i = 0; i < keys.length; i++) {
      if (keys.indexOf(keys[i]) != i) this.refuse(place, 'the key ' + quoted(keys[i]) + ' is there twice');
    }
    return true;
  }

  /** The operator's own keys of a map: all but a comment. */
  ownKeys(map: i32): string[] {
    const own: string[] = [];
    const keys = this.document.keys(map);
    for (let i = 0; i < keys.length; i++) {
      const isComment =
        keys[i] == COMMENT && this.document.is(this.document.member(map, COMMENT), JsonKind.String);
      if (!isComment) own.push(keys[i]);
    }
    return own;
  }

  /** Where the elements of an array are. */
  elements(value: i32, place: string): i32[] {
    const elements: i32[] = [];
    if (!this.document.is(value, JsonKind.Array)) {
      this.refuse(place, 'must be an array');
      return elements;
    }
    const end = this.document.after(value);
    for (let at = value + 1; at < end; at = this.document.after(at)) elements.push(at);
    return elements;
  }

  has(object: i32, key: string): bool {
    return this.document.member(object, key) != NOWHERE;
  }

  /** A string that is not empty. */
  text(object: i32, key: string, place: string): string {
    return this.textAt(this.document.member(object, key), inside(place, key));
  }

  textAt(value: i32, place: string): string {
    if (this.document.is(value, JsonKind.String) && this.document.size(value) > 0)
      return this.document.text(value);
    this.refuse(place, value == NOWHERE ? 'is missing' : 'must be a string that is not empty');
    return '';
  }

  /** One of a few words. */
  word(object: i32, key: string, place: string, words: string[]): string {
    const value = this.document.member(object, key);
    if (this.document.is(value, JsonKind.String)) {
      const word = this.document.text(value);
      if (words.includes(word)) return word;
    }
    const fault = value == NOWHERE ? 'is missing; ' : 'is ' + this.document.source(value) + '; ';
    this.refuse(inside(place, key), fault + 'it must be one of ' + words.join(', '));
    return words[0];
  }

  /** One string, or an array of them. */
  oneOrMore(object: i32, key: string, place: string): string[] {
    const value = this.document.member(object, key);
    if (!this.document.is(value, JsonKind.Array)) return [this.text(object, key, place)];
    const elements = this.elements(value, inside(place, key));
    if (elements.length == 0) this.refuse(inside(place, key), 'must not be empty');
    const texts: string[] = [];
    for (let i = 0; i < elements.length; i++) texts.push(this.textAt(elements[i], at(inside(place, key), i)));
    return texts;
  }

  /** A list of tags; null when there is none. */
  tags(object: i32, key: string, place: string): string[] | null {
    if (!this.has(object, key)) return null;
    const listPlace = inside(place, key);
    const elements = this.elements(this.document.member(object, key), listPlace);
    const tags: string[] = [];
    for (let i = 0; i < elements.length; i++) {
      const tag = this.textAt(elements[i], at(listPlace, i));
      // The host trims some lists and not others: such a tag would never meet its like.
      if (tag != tag.trim()) this.refuse(at(listPlace, i), 'has white space around the tag');
      tags.push(tag);
    }
    return tagSet(tags);
  }

  /** A JSON Pointer, here in `text`. */
  pointer(text: string, place: string): JsonPointer {
    const pointer = parsePointer(text);
    if (pointer != null) return pointer;
    this.refuse(
      place,
      quoted(text) + ' is no JSON Pointer: write "" or "/key/…" with ~1 for /, ~0 for ~, and ** only once',
    );
    return new JsonPointer('', []);
  }

  /** A JSON Pointer to one value. */
  plainPointer(object: i32, key: string, place: string): JsonPointer {
    const value = this.document.member(object, key);
    if (!this.document.is(value, JsonKind.String)) this.textAt(value, inside(place, key));
    const text = this.document.is(value, JsonKind.String) ? this.document.text(value) : '';
    const pointer = this.pointer(text, inside(place, key));
    if (pointer.hasWildcards()) this.refuse(inside(place, key), 'must lead to one value, without * and **');
    return pointer;
  }
}

/** The place of a member. */
export function inside(place: string, key: string): string {
  return place.length == 0 ? key : place + '.' + key;
}

/** The place of an element. */
export function at(place: string, index: i32): string {
  return place + '[' + index.toString() + ']';
}
