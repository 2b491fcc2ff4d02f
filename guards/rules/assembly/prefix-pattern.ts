import { EqualsPattern } from './equals-pattern';
import { fold, Subject } from './subject';
import { hasTricks } from './text-tricks';
import { Match, ValuePattern } from './value-pattern';

/** Strings that begin with a text. */
export class PrefixPattern extends ValuePattern {
  private foldedText: string;

  constructor(readonly text: string) {
    super();
    this.foldedText = fold(text);
  }

  test(subject: Subject): Match {
    if (!subject.isPlain()) return Match.Unclear;
    if (this.isMeantBy(subject)) return Match.Yes;
    const isNear = subject.text.startsWith(this.text) || subject.foldedText().startsWith(this.foldedText);
    return isNear ? Match.Unclear : Match.No;
  }

  covers(other: ValuePattern): bool {
    if (other instanceof PrefixPattern) return (other as PrefixPattern).text.startsWith(this.text);
    return other instanceof EqualsPattern && this.isMeantBy((other as EqualsPattern).subject());
  }

  private isMeantBy(subject: Subject): bool {
    return subject.isString() && subject.text.startsWith(this.text) && !hasTricks(subject.text);
  }
}
