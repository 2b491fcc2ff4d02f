import { JsonDocument, JsonKind } from '../../json/json-document';
import { FilePath, parseFilePath } from './file-path';

/** The longest text that a pattern looks at, in UTF-16 units. Paths, names and addresses are shorter. */
const LONGEST_TEXT: i32 = 4096;

/** A value that rules are tried on: a string, or the source of any other JSON value. */
export class Subject {
  private folded: string | null = null;
  private path: FilePath | null = null;
  private isPathParsed: bool = false;

  constructor(
    readonly kind: JsonKind,
    readonly text: string,
  ) {}

  isString(): bool {
    return this.kind == JsonKind.String;
  }

  /** Whether patterns can judge it at all: it is one value, and not a book. */
  isPlain(): bool {
    return this.kind < JsonKind.Key && this.text.length <= LONGEST_TEXT;
  }

  /** The text as a path in normal form; null when it is no plain path. */
  filePath(): FilePath | null {
    if (!this.isPathParsed) this.path = parseFilePath(this.text);
    this.isPathParsed = true;
    return this.path;
  }

  /** The text as a careless server may read it: without case and without white space around it. */
  foldedText(): string {
    let folded = this.folded;
    if (folded == null) {
      folded = fold(this.text);
      this.folded = folded;
    }
    return folded;
  }
}

/** A text without case and without white space around it. */
export function fold(text: string): string {
  return text.trim().toLowerCase();
}

/** The value at `index` of a document. */
export function subjectAt(document: JsonDocument, index: i32): Subject {
  const kind = document.kind(index);
  return new Subject(kind, document.isContainer(index) ? '' : document.text(index));
}

/** A string that is not written in any document. */
export function subjectOf(text: string): Subject {
  return new Subject(JsonKind.String, text);
}
