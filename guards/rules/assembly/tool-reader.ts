// Reads what a policy says about tools.

import { NOWHERE } from '../../json/json-document';
import { quoted } from '../../json/json-quote';
import { FieldReader } from './field-reader';
import { Glob } from './glob';
import { Items, Lookup, LookupArgument, OPERATIONS, Policy, ToolRule, WRITE } from './policy';
import { at, inside, PolicySource } from './policy-source';

export class ToolReader {
  static readonly KEYS: string[] = [
    'names',
    'operation',
    'secrecy',
    'integrity',
    'arguments',
    'lookups',
    'items',
  ];

  constructor(
    private readonly source: PolicySource,
    private readonly fields: FieldReader,
  ) {}

  /** Refuses a name that an earlier rule takes already: the first rule that names a tool is the one that counts. */
  refuseKnownNames(value: i32, place: string, policy: Policy): void {
    const names = this.source.oneOrMore(value, 'names', place);
    for (let i = 0; i < names.length; i++) {
      const earlier = policy.ruleFor(names[i]);
      if (earlier == null) continue;
      const position = earlier.position.toString();
      this.source.refuse(
        inside(place, 'names'),
        quoted(names[i]) + ' is named by tools[' + position + '] already',
      );
    }
  }

  /** The rule at `value`, an object whose keys are known. */
  read(value: i32, position: i32, place: string): ToolRule {
    const source = this.source;
    const names = source.oneOrMore(value, 'names', place);
    const globs: Glob[] = [];
    for (let i = 0; i < names.length; i++) globs.push(new Glob(names[i]));
    const rule = new ToolRule(position, globs);
    if (source.has(value, 'operation')) rule.operation = source.word(value, 'operation', place, OPERATIONS);
    rule.secrecy = source.tags(value, 'secrecy', place);
    rule.integrity = source.tags(value, 'integrity', place);
    if (source.has(value, 'arguments')) {
      const args = source.document.member(value, 'arguments');
      rule.args = this.fields.readFields(args, inside(place, 'arguments'));
    }
    this.readLookups(value, place, rule);
    this.readItems(value, place, rule);
    if (!rule.speaksOfSecrecy()) {
      source.refuse(place, 'says nothing about secrecy: give it "secrecy" ([] is public), or rules that do');
    }
    return rule;
  }

  private readLookups(value: i32, place: string, rule: ToolRule): void {
    if (!this.source.has(value, 'lookups')) return;
    const lookupsPlace = inside(place, 'lookups');
    const elements = this.source.elements(this.source.document.member(value, 'lookups'), lookupsPlace);
    for (let i = 0; i < elements.length; i++) {
      const lookupPlace = at(lookupsPlace, i);
      if (!this.source.isObject(elements[i], lookupPlace, ['tool', 'arguments', 'fields'])) continue;
      rule.lookups.push(this.readLookup(elements[i], lookupPlace));
    }
  }

  private readLookup(value: i32, place: string): Lookup {
    const source = this.source;
    const args: LookupArgument[] = [];
    const map = source.document.member(value, 'arguments');
    const argsPlace = inside(place, 'arguments');
    if (map != NOWHERE && source.isMap(map, argsPlace)) {
      const names = source.ownKeys(map);
      for (let i = 0; i < names.length; i++) {
        args.push(
          this.readArgument(names[i], source.document.member(map, names[i]), inside(argsPlace, names[i])),
        );
      }
    }
    const fields = this.fields.readFields(source.document.member(value, 'fields'), inside(place, 'fields'));
    if (fields.length == 0) source.refuse(inside(place, 'fields'), 'must not be empty');
    return new Lookup(source.text(value, 'tool', place), args, fields);
  }

  private readArgument(name: string, value: i32, place: string): LookupArgument {
    const source = this.source;
    if (!source.isObject(value, place, ['from', 'value'])) return new LookupArgument(name, null, '');
    if (source.has(value, 'from') == source.has(value, 'value')) {
      source.refuse(place, 'must have either "from" (a pointer into the call\'s arguments) or "value"');
    }
    if (source.has(value, 'from')) {
      return new LookupArgument(name, source.plainPointer(value, 'from', place), '');
    }
    const constant = source.document.member(value, 'value');
    return new LookupArgument(name, null, constant == NOWHERE ? '' : source.document.source(constant));
  }

  private readItems(value: i32, place: string, rule: ToolRule): void {
    const source = this.source;
    if (!source.has(value, 'items')) return;
    const itemsPlace = inside(place, 'items');
    const object = source.document.member(value, 'items');
    if (!source.isObject(object, itemsPlace, ['at', 'fields', 'otherwise'])) return;
    if (rule.operation == WRITE)
      source.refuse(itemsPlace, 'the response of a write is not labelled; say read-write');
    const pointer = source.plainPointer(object, 'at', itemsPlace);
    // The host takes "/" for the root, and RFC 6901 for an empty key.
    if (pointer.hasEmptySegment())
      source.refuse(inside(itemsPlace, 'at'), 'must not have empty keys; the root is ""');
    const fields = this.fields.readItemFields(
      source.document.member(object, 'fields'),
      inside(itemsPlace, 'fields'),
    );
    if (fields.length == 0) source.refuse(inside(itemsPlace, 'fields'), 'must not be empty');
    const items = new Items(pointer, fields);
    const otherwise = source.document.member(object, 'otherwise');
    const otherwisePlace = inside(itemsPlace, 'otherwise');
    if (otherwise != NOWHERE && source.isObject(otherwise, otherwisePlace, ['secrecy', 'integrity'])) {
      items.otherwiseSecrecy = source.tags(otherwise, 'secrecy', otherwisePlace);
      items.otherwiseIntegrity = source.tags(otherwise, 'integrity', otherwisePlace);
    }
    rule.items = items;
  }
}
