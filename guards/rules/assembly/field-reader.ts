// Reads fields: places to look at, with their rules.

import { JsonKind, NOWHERE } from '../../json/json-document';
import { JsonPointer } from '../../json/json-pointer';
import { quoted } from '../../json/json-quote';
import { PathPattern } from './path-pattern';
import { Field } from './policy';
import { at, inside, PolicySource } from './policy-source';
import { Rule } from './rule';
import { readRules } from './rule-reader';

const KEYS: string[] = ['at', 'rules'];
const ITEM_KEYS: string[] = KEYS.concat(['nested', 'below']);

export class FieldReader {
  private rulesets: Map<string, Rule[]> = new Map<string, Rule[]>();

  constructor(private readonly source: PolicySource) {}

  /** Reads the lists of rules that fields can name. */
  readRulesets(value: i32): void {
    const source = this.source;
    if (value == NOWHERE || !source.isMap(value, 'rulesets')) return;
    const names = source.ownKeys(value);
    for (let i = 0; i < names.length; i++) {
      const rules = readRules(source, source.document.member(value, names[i]), inside('rulesets', names[i]));
      this.rulesets.set(names[i], rules);
    }
  }

  /** The fields of an array. */
  readFields(value: i32, place: string): Field[] {
    const elements = this.source.elements(value, place);
    const fields: Field[] = [];
    for (let i = 0; i < elements.length; i++) {
      if (!this.source.isObject(elements[i], at(place, i), KEYS)) continue;
      fields.push(this.readField(elements[i], at(place, i)));
    }
    return fields;
  }

  /** The fields of items, which can be trees. */
  readItemFields(value: i32, place: string): Field[] {
    const elements = this.source.elements(value, place);
    const fields: Field[] = [];
    for (let i = 0; i < elements.length; i++) {
      if (!this.source.isObject(elements[i], at(place, i), ITEM_KEYS)) continue;
      const field = this.readField(elements[i], at(place, i));
      this.readTree(elements[i], at(place, i), field);
      fields.push(field);
    }
    return fields;
  }

  private readField(value: i32, place: string): Field {
    const rulesPlace = inside(place, 'rules');
    const rules = this.source.document.member(value, 'rules');
    if (!this.source.document.is(rules, JsonKind.String)) {
      return new Field(this.readPointers(value, place), readRules(this.source, rules, rulesPlace));
    }
    const name = this.source.document.text(rules);
    if (this.rulesets.has(name)) return new Field(this.readPointers(value, place), this.rulesets.get(name));
    this.source.refuse(rulesPlace, 'there is no ruleset ' + quoted(name));
    return new Field([], []);
  }

  private readPointers(value: i32, place: string): JsonPointer[] {
    const source = this.source;
    const pointers: JsonPointer[] = [];
    const where = source.document.member(value, 'at');
    const isWhole = source.document.is(where, JsonKind.String) && source.document.size(where) == 0;
    const texts = isWhole ? [''] : source.oneOrMore(value, 'at', place);
    for (let i = 0; i < texts.length; i++) pointers.push(source.pointer(texts[i], inside(place, 'at')));
    return pointers;
  }

  private readTree(value: i32, place: string, field: Field): void {
    const source = this.source;
    if (source.has(value, 'nested')) field.nested = source.plainPointer(value, 'nested', place);
    const nested = field.nested;
    if (nested != null && nested.text.length == 0)
      source.refuse(inside(place, 'nested'), 'would be the item itself');
    if (!source.has(value, 'below')) return;
    field.below = source.plainPointer(value, 'below', place);
    const isOneName = field.pointers.length == 1 && !field.pointers[0].hasWildcards();
    if (!isOneName)
      source.refuse(inside(place, 'at'), 'must lead to the one name of an item, since there is "below"');
    for (let i = 0; i < field.rules.length; i++) {
      if (!(field.rules[i].pattern instanceof PathPattern)) {
        source.refuse(inside(place, 'rules'), 'must all be for a path, since there is "below"');
      }
    }
  }
}
