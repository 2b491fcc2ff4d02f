// Reads lists of rules.

import { JsonKind } from '../../json/json-document';
import { EqualsPattern } from './equals-pattern';
import { GlobPattern } from './glob-pattern';
import { PathPattern, parsePathPattern } from './path-pattern';
import { at, inside, PolicySource } from './policy-source';
import { PrefixPattern } from './prefix-pattern';
import { Rule } from './rule';
import { ValuePattern } from './value-pattern';

const KINDS: string[] = ['equals', 'prefix', 'glob', 'path', 'missing'];
const KEYS: string[] = KINDS.concat(['secrecy', 'integrity']);

/** The rules of the array at `value`. */
export function readRules(source: PolicySource, value: i32, place: string): Rule[] {
  const elements = source.elements(value, place);
  const rules: Rule[] = [];
  for (let i = 0; i < elements.length; i++) {
    const rule = readRule(source, elements[i], at(place, i));
    refuseUnreachable(source, rules, rule, at(place, i));
    rules.push(rule);
  }
  refuseSilence(source, rules, place);
  return rules;
}

function readRule(source: PolicySource, value: i32, place: string): Rule {
  if (!source.isObject(value, place, KEYS)) return new Rule(null, null, null);
  const secrecy = source.tags(value, 'secrecy', place);
  const integrity = source.tags(value, 'integrity', place);
  return new Rule(readPattern(source, value, place), secrecy, integrity);
}

function readPattern(source: PolicySource, rule: i32, place: string): ValuePattern | null {
  let kind = '';
  for (let i = 0; i < KINDS.length; i++) {
    if (!source.has(rule, KINDS[i])) continue;
    if (kind.length > 0)
      source.refuse(place, 'has both ' + kind + ' and ' + KINDS[i] + '; a rule has one of them');
    kind = KINDS[i];
  }
  if (kind == 'equals') return readEquals(source, rule, place);
  if (kind == 'prefix') return new PrefixPattern(source.text(rule, kind, place));
  if (kind == 'glob') return new GlobPattern(source.text(rule, kind, place));
  if (kind == 'path') return readPath(source, rule, place);
  if (kind != 'missing')
    source.refuse(place, 'does not say what it is for: give it one of ' + KINDS.join(', '));
  else if (!source.document.is(source.document.member(rule, kind), JsonKind.True)) {
    source.refuse(inside(place, kind), 'must be true');
  }
  return null;
}

function readEquals(source: PolicySource, rule: i32, place: string): ValuePattern {
  const value = source.document.member(rule, 'equals');
  if (!source.document.isContainer(value)) {
    return new EqualsPattern(source.document.kind(value), source.document.text(value));
  }
  source.refuse(inside(place, 'equals'), 'must be a string, a number, true, false or null');
  return new EqualsPattern(JsonKind.Null, '');
}

function readPath(source: PolicySource, rule: i32, place: string): ValuePattern {
  const text = source.text(rule, 'path', place);
  const pattern = parsePathPattern(text);
  if (pattern != null) return pattern;
  const sentence =
    'must be a path without ".", "..", "//", a slash at its end, backslashes and characters that can be ' +
    'spelled in two ways, with * inside of a name or ** for any number of names';
  source.refuse(inside(place, 'path'), sentence);
  return new PathPattern(true, []);
}

function refuseUnreachable(source: PolicySource, earlier: Rule[], rule: Rule, place: string): void {
  const pattern = rule.pattern;
  for (let i = 0; i < earlier.length; i++) {
    const other = earlier[i].pattern;
    const isCovered =
      other == null || pattern == null ? other == null && pattern == null : other.covers(pattern);
    if (isCovered)
      source.refuse(place, 'is never reached, since rule [' + i.toString() + '] matches all that it matches');
    if (pattern instanceof PathPattern && other instanceof PathPattern) {
      const isMixed = (pattern as PathPattern).isAbsolute != (other as PathPattern).isAbsolute;
      if (isMixed)
        source.refuse(
          inside(place, 'path'),
          'is relative and another one of the list absolute, or the reverse',
        );
    }
  }
}

function refuseSilence(source: PolicySource, rules: Rule[], place: string): void {
  for (let i = 0; i < rules.length; i++) {
    if (rules[i].secrecy != null || rules[i].integrity != null) return;
  }
  source.refuse(
    place,
    'no rule says anything: give secrecy or integrity to at least one ([] is public, or nobody)',
  );
}
