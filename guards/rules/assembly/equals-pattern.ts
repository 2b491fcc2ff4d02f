import { JsonKind } from '../../json/json-document';
import { fold, Subject } from './subject';
import { Match, ValuePattern } from './value-pattern';

/** Exactly one string, number, boolean or null. Numbers are compared as they are written, so that no digit is lost. */
export class EqualsPattern extends ValuePattern {
  private foldedText: string;

  constructor(
    readonly kind: JsonKind,
    readonly text: string,
  ) {
    super();
    this.foldedText = fold(text);
  }

  test(subject: Subject): Match {
    if (!subject.isPlain()) return Match.Unclear;
    if (subject.kind == this.kind && subject.text == this.text) return Match.Yes;
    if (subject.foldedText() == this.foldedText || this.isSameNumber(subject)) return Match.Unclear;
    return Match.No;
  }

  covers(other: ValuePattern): bool {
    if (!(other instanceof EqualsPattern)) return false;
    const equals = other as EqualsPattern;
    return equals.kind == this.kind && equals.text == this.text;
  }

  /** The value that it means. */
  subject(): Subject {
    return new Subject(this.kind, this.text);
  }

  /** `7.0` and `"7"` are not `7`, but a server may take them for it. */
  private isSameNumber(subject: Subject): bool {
    if (this.kind != JsonKind.Number) return false;
    return F64.parseFloat(subject.text) == F64.parseFloat(this.text);
  }
}
