import { EqualsPattern } from './equals-pattern';
import { Glob, StarRange } from './glob';
import { fold, Subject } from './subject';
import { hasTricks } from './text-tricks';
import { Match, ValuePattern } from './value-pattern';

/** The glob that matches every value of every type. */
const EVERYTHING: string = '**';

/** Strings of a shape. */
export class GlobPattern extends ValuePattern {
  private glob: Glob;
  private foldedGlob: Glob;

  constructor(text: string) {
    super();
    this.glob = new Glob(text);
    this.foldedGlob = new Glob(fold(text));
  }

  test(subject: Subject): Match {
    if (this.matchesEverything()) return Match.Yes;
    if (!subject.isPlain()) return Match.Unclear;
    if (this.isMeantBy(subject)) return Match.Yes;
    return this.isNear(subject) ? Match.Unclear : Match.No;
  }

  covers(other: ValuePattern): bool {
    if (this.matchesEverything()) return true;
    if (other instanceof GlobPattern) return (other as GlobPattern).glob.text == this.glob.text;
    return other instanceof EqualsPattern && this.isMeantBy((other as EqualsPattern).subject());
  }

  private matchesEverything(): bool {
    return this.glob.text == EVERYTHING;
  }

  private isMeantBy(subject: Subject): bool {
    return subject.isString() && this.glob.matches(subject.text, StarRange.Word) && !hasTricks(subject.text);
  }

  private isNear(subject: Subject): bool {
    if (this.glob.matches(subject.text, StarRange.Anything)) return true;
    return this.foldedGlob.matches(subject.foldedText(), StarRange.Anything);
  }
}
