import { Subject } from './subject';
import { Match, ValuePattern } from './value-pattern';

/** What values of one kind mean: their tags. A list that is null was not given. */
export class Rule {
  constructor(
    /** What it is for; null: for a value that is missing. */
    readonly pattern: ValuePattern | null,
    readonly secrecy: string[] | null,
    readonly integrity: string[] | null,
  ) {}

  isForMissing(): bool {
    return this.pattern == null;
  }
}

/** The first of the rules that matches a value; null when none does, or when it is not clear whether one does. */
export function ruleFor(rules: Rule[], subject: Subject): Rule | null {
  for (let i = 0; i < rules.length; i++) {
    const pattern = rules[i].pattern;
    if (pattern == null) continue;
    const match = pattern.test(subject);
    if (match == Match.Yes) return rules[i];
    if (match == Match.Unclear) return null;
  }
  return null;
}

/** The rule for a value that is missing, if there is one. */
export function ruleForMissing(rules: Rule[]): Rule | null {
  for (let i = 0; i < rules.length; i++) if (rules[i].isForMissing()) return rules[i];
  return null;
}
