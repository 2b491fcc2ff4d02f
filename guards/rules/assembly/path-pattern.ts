import { FilePath, parseFilePath } from './file-path';
import { Glob, StarRange } from './glob';
import { fold, Subject } from './subject';
import { Match, ValuePattern } from './value-pattern';

/** The segment that stands for any number of segments, none included. */
const ANY_SEGMENTS: string = '**';

/** Files, and folders with what is in them. */
export class PathPattern extends ValuePattern {
  private foldedSegments: string[];

  constructor(
    readonly isAbsolute: bool,
    private readonly segments: string[],
  ) {
    super();
    this.foldedSegments = foldAll(segments);
  }

  /** A path that is no plain path, or relative where the pattern is absolute, may be any file: nothing matches it. */
  test(subject: Subject): Match {
    if (!subject.isString() || !subject.isPlain()) return Match.Unclear;
    const path = subject.filePath();
    if (path == null || path.isAbsolute != this.isAbsolute) return Match.Unclear;
    if (segmentsMatch(this.segments, path.segments)) return Match.Yes;
    return segmentsMatch(this.foldedSegments, foldAll(path.segments)) ? Match.Unclear : Match.No;
  }

  covers(other: ValuePattern): bool {
    if (!(other instanceof PathPattern)) return false;
    const path = other as PathPattern;
    return path.isAbsolute == this.isAbsolute && segmentsCover(this.segments, path.segments);
  }
}

/** The pattern that a text writes; null when it is no path in normal form, or has `**` inside of a segment. */
export function parsePathPattern(text: string): PathPattern | null {
  const path = parseFilePath(text);
  if (path == null || writeFilePath(path) != text) return null;
  for (let i = 0; i < path.segments.length; i++) {
    if (path.segments[i] != ANY_SEGMENTS && path.segments[i].includes(ANY_SEGMENTS)) return null;
  }
  return new PathPattern(path.isAbsolute, path.segments);
}

function writeFilePath(path: FilePath): string {
  return (path.isAbsolute ? '/' : '') + path.segments.join('/');
}

function foldAll(segments: string[]): string[] {
  const folded: string[] = [];
  for (let i = 0; i < segments.length; i++) folded.push(fold(segments[i]));
  return folded;
}

/** Follows all the ways of matching at once: `reached[i]` says that the first i segments of the pattern can be behind. */
function segmentsMatch(pattern: string[], path: string[]): bool {
  const size = pattern.length + 1;
  let reached = new StaticArray<bool>(size);
  reached[0] = true;
  skipAnySegments(pattern, reached);
  for (let i = 0; i < path.length; i++) {
    const next = new StaticArray<bool>(size);
    for (let state = 0; state < pattern.length; state++) {
      if (!reached[state]) continue;
      if (pattern[state] == ANY_SEGMENTS) next[state] = true;
      else if (segmentMatches(pattern[state], path[i])) next[state + 1] = true;
    }
    skipAnySegments(pattern, next);
    reached = next;
  }
  return reached[size - 1];
}

function skipAnySegments(pattern: string[], reached: StaticArray<bool>): void {
  for (let state = 0; state < pattern.length; state++) {
    if (reached[state] && pattern[state] == ANY_SEGMENTS) reached[state + 1] = true;
  }
}

function segmentMatches(pattern: string, segment: string): bool {
  return pattern.includes('*') ? new Glob(pattern).matches(segment, StarRange.Anything) : pattern == segment;
}

/** Whether `wide` surely matches all that `narrow` matches; reads the wildcards of `narrow` as the text they are. */
function segmentsCover(wide: string[], narrow: string[]): bool {
  if (wide.length == 0) return narrow.length == 0;
  const rest = wide.slice(1);
  if (wide[0] == ANY_SEGMENTS) {
    return segmentsCover(rest, narrow) || (narrow.length > 0 && segmentsCover(wide, narrow.slice(1)));
  }
  if (narrow.length == 0 || narrow[0] == ANY_SEGMENTS) return false;
  return segmentMatches(wide[0], narrow[0]) && segmentsCover(rest, narrow.slice(1));
}
