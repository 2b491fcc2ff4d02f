// What the values of a field say about the call or the item they are part of.

import { JsonDocument } from '../../json/json-document';
import { LabelMix } from './labels';
import { Field } from './policy';
import { ruleFor, ruleForMissing } from './rule';
import { Subject, subjectAt } from './subject';

/** What is said by a rule that is silent about a list which other rules of its field speak about. */
const NO_TAGS: string[] = [];

/** Adds up what the values of fields say. */
export class FieldLabels {
  /** Something was found that no rule says anything about: what holds otherwise must be added. */
  isIncomplete: bool = false;

  constructor(private readonly mix: LabelMix) {}

  /** Looks at the value at `root`. With `exactKeys` members whose names differ in case only are not trusted. */
  look(field: Field, document: JsonDocument, root: i32, exactKeys: bool): void {
    for (let i = 0; i < field.pointers.length; i++) {
      const found = field.pointers[i].find(document, root, exactKeys);
      if (found.unclear) this.isIncomplete = true;
      if (found.absent) this.sayMissing(field);
      for (let k = 0; k < found.values.length; k++) this.say(field, subjectAt(document, found.values[k]));
    }
  }

  /** What one value says. */
  say(field: Field, subject: Subject): void {
    const rule = ruleFor(field.rules, subject);
    if (rule == null) this.isIncomplete = true;
    else
      this.mix.add(
        orNone(rule.secrecy, field.speaksOfSecrecy()),
        orNone(rule.integrity, field.speaksOfIntegrity()),
      );
  }

  /** What it says that something is not there. A rule for missing values says only what it names. */
  private sayMissing(field: Field): void {
    const rule = ruleForMissing(field.rules);
    if (rule == null) this.isIncomplete = true;
    else this.mix.add(rule.secrecy, rule.integrity);
  }
}

function orNone(tags: string[] | null, isSpokenOf: bool): string[] | null {
  return tags == null && isSpokenOf ? NO_TAGS : tags;
}
